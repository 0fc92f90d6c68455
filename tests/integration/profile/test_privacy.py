"""Export, erasure, the audit log, and who may see what."""

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio

from services.profile.store import Store
from services.profile.sweeping import Sweeper
from shared.contracts.agents import AgentEvent, AgentSignedIn
from shared.contracts.codec import agents
from shared.contracts.customers import customer_id
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent, TicketOpened
from shared.mongo import connect, database
from shared.publishing import Outgoing
from shared.topics import AGENTS
from tests.conftest import Servers, fresh_namespace
from tests.eventually import eventually
from tests.integration.profile.conftest import Person, running_profile
from tests.integration.profile.customers import Ingested, ingested, popped
from tests.integration.running_service import Json, RunningService
from tests.oracle.histories import decided
from tests.sealed_events import MOMENT, call, conversation_id, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def admin(profile: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator's HTTP client."""
    async with profile.client("admin", "root") as client:
        yield client


async def known(agent: httpx.AsyncClient, interactions: Ingested, ann: Person) -> str:
    """Ann wrote, called and signed in; the id of her customer."""
    await interactions.publish(
        message("m-1", ann.email, f"Secret of {ann.surname}", name=f"Ann {ann.surname}"),
        call("c-1", ann.phone),
        identified("i-1", ann.email, [ann.phone], attributes={"postcode": "10115"}),
    )
    customer: str = (await popped(agent, ann.email, entries=3, identities=2))["customer"]["id"]
    return customer


async def test_an_export_holds_everything_and_says_what(
    agent: httpx.AsyncClient, admin: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    customer = await known(agent, interactions, ann)
    await agent.post(f"/v1/customers/{customer}/notes", json={"text": "Likes <b>tea</b>"})
    answer = await admin.get(f"/v1/customers/{customer}/export")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["customer"], manifest["by"]) == (customer, "root")
    assert {file["name"] for file in manifest["files"]} == set(archive.namelist()) - {"manifest.json"}
    for file in manifest["files"]:
        content = archive.read(file["name"])
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    entries = [json.loads(line) for line in archive.read("timeline.jsonl").splitlines()]
    assert {entry["identity"] for entry in entries} == {ann.email, ann.phone}
    assert {entry["content"].get("text") for entry in entries} >= {f"Secret of {ann.surname}", "Likes <b>tea</b>"}
    assert json.loads(archive.read("customer.json"))["attributes"]["postcode"]["value"] == "10115"
    (link,) = json.loads(archive.read("links.json"))
    assert link["identities"] == [ann.email, ann.phone]
    looks = [json.loads(line) for line in archive.read("looks.jsonl").splitlines()]
    assert {look["who"] for look in looks} == {"ann", "root"}
    page = archive.read("index.html").decode()
    assert f"Secret of {ann.surname}" in page
    assert "Likes &lt;b&gt;tea&lt;/b&gt;" in page


async def test_a_dry_run_says_what_would_go_and_leaves_it(
    agent: httpx.AsyncClient, admin: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    customer = await known(agent, interactions, ann)
    answer = await admin.delete(f"/v1/customers/{customer}", params={"dry_run": True})
    assert answer.json() == {
        "customer": customer,
        "erased": None,
        "identities": 2,
        "entries": 3,
        "attributes": 1,
        "links": 1,
        "keys": 2,
    }
    assert len((await popped(agent, ann.email))["timeline"]["items"]) == 3


async def erased(
    agent: httpx.AsyncClient, admin: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> tuple[str, datetime]:
    """Ann was known and is erased: her customer's id, and when."""
    customer = await known(agent, interactions, ann)
    answer = await admin.delete(f"/v1/customers/{customer}", params={"reason": "asked for it"})
    assert answer.status_code == 200, answer.text
    return customer, datetime.fromisoformat(answer.json()["erased"])


async def test_after_an_erasure_nothing_personal_is_left(
    agent: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    interactions: Ingested,
    profile: RunningService,
    ann: Person,
) -> None:
    customer, _ = await erased(agent, admin, interactions, ann)
    page = (await agent.get(f"/v1/customers/{customer}")).json()
    assert (page["name"], page["attributes"]) == (None, {})
    assert [one["identity"] for one in page["identities"]] == ["[erased]"]
    shown = (await agent.get(f"/v1/customers/{customer}/timeline")).json()["items"]
    assert {(entry["identity"], str(entry["content"])) for entry in shown} == {("[erased]", "{}")}
    assert (await agent.get("/v1/customers", params={"q": ann.surname})).json()["items"] == []
    assert (await agent.get("/v1/customers", params={"q": ann.email})).json()["items"] == []
    assert (await agent.post(f"/v1/customers/{customer}/notes", json={"text": "x"})).status_code == 410
    async with connect(profile.servers.mongo) as client:
        views = database(client, profile.namespace, "profile")
        for name in await views.list_collection_names():
            async for document in views[name].find():
                for personal in (ann.surname, ann.email.partition(":")[2], ann.phone.partition(":")[2]):
                    assert personal not in str(document), (name, personal)


async def test_a_late_event_does_not_bring_anybody_back_but_a_new_contact_is_a_new_person(
    agent: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    interactions: Ingested,
    profile: RunningService,
    ann: Person,
) -> None:
    _, at = await erased(agent, admin, interactions, ann)
    later = at + timedelta(seconds=1)
    async with ingested(profile) as afterwards:  # a keyring that remembers no destroyed key
        await afterwards.publish(
            message("late", ann.email, "I was late", at=MOMENT + timedelta(minutes=5)),
            message("new", ann.email, "Hello again", name="Ann New", at=later, recorded=later),
        )
    found = await popped(agent, ann.email, entries=4)
    told = {entry["content"].get("text") for entry in found["timeline"]["items"]}
    assert told == {None, "Hello again"}
    assert found["customer"]["name"] == "Ann New"
    assert [one["identity"] for one in found["customer"]["identities"]] == [ann.email]
    assert found["customer"]["id"] == f"cus_{interactions.hashed(ann.email)}"


async def test_what_was_written_just_after_an_erasure_is_swept_away(
    agent: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    interactions: Ingested,
    profile: RunningService,
    ann: Person,
) -> None:
    _, at = await erased(agent, admin, interactions, ann)
    hashed = interactions.hashed(ann.email)
    async with connect(profile.servers.mongo) as client:
        store = Store(database(client, profile.namespace, "profile"))
        entry = await store.timeline.find_one({"identity": hashed})
        assert entry is not None
        del entry["erased"]
        await store.timeline.insert_one({**entry, "_id": f"raced-{hashed}", "content": {"text": "Too late"}})
        await store.identities.replace_one({"_id": hashed}, {"identity": ann.email, "kind": "email", "names": []})
        await Sweeper(lambda: [store], {}, lambda: at + timedelta(minutes=1)).sweep()
        raced = await store.timeline.find_one({"_id": f"raced-{hashed}"})
        assert raced is not None
        assert (raced["content"], raced["erased"]) == ({}, True)
        left = await store.identities.find_one({"_id": hashed})
        assert left is not None
        assert left["identity"] is None


async def test_entries_are_kept_as_long_as_their_channel_says(servers: Servers) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    async with fresh_namespace(servers) as namespace, connect(servers.mongo) as client:
        store = Store(database(client, namespace, "profile"))
        ages = {"old chat": ("chat", 31), "new chat": ("chat", 29), "old mail": ("email", 3_000)}
        for name, (channel, age) in ages.items():
            kept = {"_id": name, "channel": channel, "at": now - timedelta(days=age)}
            await store.timeline.insert_one(kept)
            await store.words.insert_one(kept)
        await Sweeper(lambda: [store], {"chat": 30}, lambda: now).sweep()
        left = [{one["_id"] async for one in where.find()} for where in (store.timeline, store.words)]
        await client.drop_database(store.database.name)
    assert left == [{"new chat", "old mail"}] * 2


async def test_every_look_can_be_asked_for(
    agent: httpx.AsyncClient, admin: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    customer = await known(agent, interactions, ann)
    await agent.get(f"/v1/customers/{customer}", headers={"Hub-Reason": "ticket T-1"})
    (newest,) = (await admin.get("/v1/looks", params={"customer": customer, "limit": 1})).json()["items"]
    assert (newest["who"], newest["role"], newest["why"]) == ("ann", "agent", "ticket T-1")
    assert newest["what"] == f"GET /v1/customers/{customer}"
    seen: list[str] = []
    before: str | None = None
    for _ in range(20):
        asked: dict[str, str] = {"customer": customer, "limit": "2", **({"before": before} if before else {})}
        page = (await admin.get("/v1/looks", params=asked)).json()
        seen += [look["id"] for look in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert len(seen) == len(set(seen)) > 2
    nobody = await admin.get("/v1/looks", params={"customer": customer, "who": "eve"})
    assert nobody.json()["items"] == []
    other = await admin.get("/v1/looks", params={"customer": customer, "limit": 1})
    wrong = await admin.get("/v1/looks", params={"who": "ann", "before": other.json()["next"]})
    assert (wrong.status_code, "another query" in wrong.json()["detail"]) == (422, True)


async def test_only_those_allowed_may_export_erase_or_audit(agent: httpx.AsyncClient, profile: RunningService) -> None:
    async with profile.client("supervisor", "sue") as supervisor:
        assert (await agent.get("/v1/customers/cus_1/export")).status_code == 403
        assert (await supervisor.get("/v1/customers/cus_1/export")).status_code == 404
        assert (await supervisor.delete("/v1/customers/cus_1")).status_code == 403
        assert (await agent.get("/v1/looks")).status_code == 403
        assert (await supervisor.get("/v1/looks")).status_code == 200


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def strict(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningService]:
    """A profile service whose agents see their own pool's customers only, and no phone numbers."""
    access = "{any_customer: [supervisor], masked: {agent: [phone, email]}, link: [supervisor, agent]}"
    async with running_profile(servers, tmp_path_factory.mktemp("strict"), access) as running:
        yield running


def opened(ticket: str, pool: str, identity: str) -> Decided[TicketEvent]:
    """A call became a ticket."""
    event = TicketOpened(
        ticket=ticket, at=MOMENT, pool=pool, conversation=conversation_id("call"), channel="phone", identity=identity
    )
    return decided(event, f"routing/{pool}", 1, int(ticket[2:]))


async def test_an_agent_sees_customers_of_the_own_pools_tickets_with_masked_addresses(
    strict: RunningService, ann: Person
) -> None:
    async with (
        ingested(strict) as interactions,
        strict.client("agent", "bob") as bob,
        strict.client("supervisor", "sue") as sue,
    ):
        await interactions.publish(message("m-1", ann.email), call("c-1", ann.phone))
        await interactions.publish(identified("i-1", ann.email, [ann.phone]))
        customer = (await popped(sue, ann.email, entries=2, identities=2))["customer"]["id"]
        assert (await bob.get(f"/v1/customers/{customer}")).status_code == 403
        assert (await bob.get("/v1/timeline", params={"identity": ann.email})).status_code == 403
        assert (await bob.get("/v1/customers", params={"q": ann.surname})).status_code == 403
        assert (await bob.post(f"/v1/customers/{customer}/merge", json={"customer": customer})).status_code == 403
        await interactions.publish_tickets(opened("T-1", "support", interactions.hashed(ann.phone)))
        joined: AgentEvent = AgentSignedIn(agent="bob", at=MOMENT, pool="support")
        signed_in = decided(joined, "routing/support", 2, 0)
        await interactions.publish_to(AGENTS, Outgoing("bob", agents.encode(signed_in)))

        async def seen() -> Json | None:
            answer = await bob.get(f"/v1/customers/{customer}")
            return answer.json() if answer.status_code == 200 else None

        page = await eventually(seen, what="the customer being shown to the ticket's pool")
        assert page is not None
        assert [one["identity"] for one in page["identities"]] == [
            "email:•••@shop.example",
            f"phone:•••{ann.phone[-3:]}",
        ]
        told = {"given_name": "Ann", "family_name": ann.surname, "postcode": "10115", "birthday": "1980-12-24"}
        double = f"crm:{ann.surname}"
        await interactions.publish(identified("i-2", ann.email, [], attributes=told))
        await interactions.publish(identified("i-3", double, [], attributes=told))

        async def suggested() -> bool:
            return len((await sue.get(f"/v1/customers/{customer}/suggestions")).json()["items"]) == 1

        await eventually(suggested, what="a suggestion that each is told of without a claim")
        await interactions.publish_tickets(opened("T-2", "sales", interactions.hashed(double)))
        other = customer_id(interactions.hashed(double))

        async def has_ticket() -> bool:
            return bool((await sue.get(f"/v1/customers/{other}")).json()["open_tickets"])

        await eventually(has_ticket, what="a ticket of another pool")
        assert (await bob.get(f"/v1/customers/{customer}/suggestions")).json()["items"] == []
        assert (await bob.get(f"/v1/customers/{other}/suggestions")).status_code == 403
        assert (await bob.get("/v1/suggestions")).json()["items"] == []
        assert len((await sue.get("/v1/suggestions")).json()["items"]) == 1
        await interactions.publish_tickets(opened("T-3", "support", interactions.hashed(double)))

        async def both() -> bool:
            return len((await bob.get("/v1/suggestions")).json()["items"]) == 1

        await eventually(both, what="a suggestion between two customers of the pool")
        [suggestion] = (await bob.get(f"/v1/customers/{customer}/suggestions")).json()["items"]
        assert suggestion["customer"]["id"] == other
        timeline = (await bob.get(f"/v1/customers/{customer}/timeline")).text
        assert ann.phone not in timeline
        whole = (await sue.get(f"/v1/customers/{customer}")).json()
        assert [one["identity"] for one in whole["identities"]] == [ann.email, ann.phone]
