"""What is written on tickets stands on the customer's timeline, and goes with the customer."""

from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

import httpx
import orjson
import pytest

from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from shared.contracts.tickets_annotations import TicketNoted
from shared.keyring import Keyring, keyring_of
from shared.mongo import connect, database
from shared.sealing import seal
from tests.eventually import eventually
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, folded_events, popped, shown
from tests.integration.profile.test_tickets import at, course
from tests.integration.running_service import RunningService
from tests.oracle.histories import decided
from tests.sealed_events import MOMENT, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def noted(keyring: Keyring, ann: Person, hashed: str, text: str) -> Decided[TicketEvent]:
    """A note on Ann's ticket, sealed as routing does."""
    note = str(uuid4())
    keys = await keyring.ensure([hashed])
    event = TicketNoted(
        ticket=f"T-{ann.surname}",
        at=MOMENT + at(5),
        note=note,
        identity=hashed,
        by="bob",
        content=seal(keys[hashed].cipher, note, orjson.dumps({"text": text})),
    )
    return decided(event, f"pool/{ann.surname}", 6, 0)


async def test_a_note_is_part_of_its_tickets_course_until_the_customer_is_erased(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    hashed = interactions.hashed(ann.email)
    await interactions.publish(message("m-1", ann.email))
    secret = f"Zebra{ann.surname}"
    async with connect(profile.servers.mongo) as client:
        keyring = keyring_of(client, profile.namespace, profile.directory)
        await interactions.publish_tickets(*course(ann, hashed), await noted(keyring, ann, hashed, f"Likes {secret}"))
    found = {entry["type"]: entry for entry in await folded_events(agent, ann.email, 7)}
    told = found["hub.ticket.opened.v1"]["ticket"]
    assert (told["state"], told["agent"]) == ("resolved", "ann")
    last = told["course"][-1]
    assert (last["event"], last["by"], last["text"]) == ("noted", "bob", f"Likes {secret}")
    [by_word] = await shown(agent, ann.email, q=secret)
    assert by_word["type"] == "hub.ticket.opened.v1"
    [by_type] = await shown(agent, ann.email, type="hub.ticket.noted.v1")
    assert by_type["content"] == {"text": f"Likes {secret}"}

    customer = (await popped(agent, ann.email))["customer"]["id"]
    async with profile.client("admin", "root") as admin:
        gone = await admin.request("DELETE", f"/v1/customers/{customer}", json={"reason": "asked for it"})
    assert gone.status_code == 200, gone.text
    items = (await agent.get(f"/v1/customers/{customer}/timeline")).json()["items"]
    [entry] = [item for item in items if item["type"] == "hub.ticket.opened.v1"]
    assert [step.get("text") for step in entry["ticket"]["course"]][-2:] == [None, "[erased]"]
    async with connect(profile.servers.mongo) as client:
        views = database(client, profile.namespace, "profile")
        for name in await views.list_collection_names():
            async for document in views[name].find():
                assert secret not in str(document), name


async def test_a_note_that_comes_after_the_erasure_or_before_its_ticket_shows_no_text_too_much(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    hashed = interactions.hashed(ann.email)
    events = course(ann, hashed)
    await interactions.publish(message("m-1", ann.email))
    await popped(agent, ann.email, entries=1)
    async with connect(profile.servers.mongo) as client:
        keyring = keyring_of(client, profile.namespace, profile.directory)
        early = await noted(keyring, ann, hashed, "Likes tea")
        await interactions.publish_tickets(early)
        await folded_events(agent, ann.email, 2)
        await interactions.publish_tickets(*events)
        found = {entry["type"]: entry for entry in await folded_events(agent, ann.email, 7)}
        assert found["hub.ticket.opened.v1"]["ticket"]["course"][-1]["text"] == "Likes tea"
        [by_type] = await shown(agent, ann.email, type="hub.ticket.noted.v1")
        assert by_type["channel"] == "email"
        late = (await noted(keyring, ann, hashed, "Likes coffee")).data
        await keyring.erase([hashed], datetime.now(UTC))
    sequences = count(7)

    async def is_erased() -> bool:
        """A process may go on using a key for a second."""
        sequence = next(sequences)
        await interactions.publish_tickets(decided(late, f"pool/{ann.surname}", sequence, 0))
        found = await folded_events(agent, ann.email, sequence + 1)
        [entry] = [one for one in found if one["type"] == "hub.ticket.opened.v1"]
        return bool(entry["ticket"]["course"][-1]["text"] == "[erased]")

    await eventually(is_erased, what="a late note being erased")
