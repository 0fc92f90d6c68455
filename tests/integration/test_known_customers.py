"""What profile knows of customers reaches routing: who they are, their segment and account manager, who served them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from pymongo.asynchronous.collection import AsyncCollection

from services.profile.decisions import decision_log
from shared.contracts.codec import customers
from shared.contracts.customers import CustomerKnown, IdentityLinked, customer_id
from shared.contracts.envelope import event_id
from shared.decisions import Entry
from shared.mongo import Document, connect, database
from shared.topics import CUSTOMERS
from tests.conftest import Servers, fresh_namespace
from tests.eventually import eventually
from tests.integration.profile.customers import Ingested, ingested, popped, published
from tests.integration.running_service import Json, RunningService
from tests.sealed_events import MOMENT, conversation_id, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SETUP = {
    "pools/main": {"name": "Main"},
    "queues/rest": {"pool": "main", "name": "The rest", "default": True},
    "queues/german": {"pool": "main", "name": "In German", "rules": [{"language": "de"}]},
    "agents/agent-1": {"pool": "main", "name": "One"},
}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Somebody:
    """Ann, who is in one test only: her mail and her telephone, which nobody has linked yet."""

    email: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Profile and routing; what customers do; whom routing takes them for."""

    profile: httpx.AsyncClient
    routing: httpx.AsyncClient
    interactions: Ingested
    known: AsyncCollection[Document]

    async def comes(self, identity: str) -> Json:
        """The ticket of a contact that the customer begins now."""
        name = f"contact {next(_numbers)}"
        await self.interactions.publish(message(name, identity, conversation=name))

        async def opened() -> Json | None:
            answer = await self.routing.get("/v1/tickets", params={"limit": 500})
            tickets: list[Json] = answer.json()["items"]
            return next((one for one in tickets if one["conversation"] == conversation_id(name)), None)

        ticket = await eventually(opened, what="the ticket")
        assert ticket is not None
        return ticket

    async def opening(self, ticket: Json) -> Json:
        """What the log says of the ticket's opening."""
        answer = await self.routing.get(f"/v1/tickets/{ticket['id']}/history")
        event: Json = answer.json()["items"][0]["event"]
        return event

    async def customer(self, identity: str) -> str:
        """The customer behind an identity, as profile says."""
        found: str = (await popped(self.profile, identity))["customer"]["id"]
        return found

    async def change(self, identity: str, **attributes: str | None) -> None:
        """Somebody changes what is known of a customer."""
        path = f"/v1/customers/{await self.customer(identity)}"
        answer = await self.profile.patch(path, json={"attributes": attributes})
        assert answer.status_code == 200, answer.text

    async def merge(self, identity: str, other: str) -> None:
        """Somebody knows that both are one person."""
        path = f"/v1/customers/{await self.customer(identity)}/merge"
        answer = await self.profile.post(path, json={"customer": await self.customer(other)})
        assert answer.status_code == 200, answer.text

    async def heard(self, identity: str, **what: Any) -> None:  # noqa: ANN401 (any field)
        """Waits until routing has heard that of an identity."""
        wanted = {"_id": self.interactions.hashed(identity), **what}
        await eventually(lambda: self.known.find_one(wanted), what=f"routing knowing {what}")

    async def tickets(self, customer: str) -> set[str]:
        """The ids of a customer's tickets, as routing lists them."""
        answer = await self.routing.get("/v1/tickets", params={"customer": customer})
        assert answer.status_code == 200, answer.text
        return {ticket["id"] for ticket in answer.json()["items"]}

    async def serve(self, ticket: Json, agent: str = "agent-1") -> None:
        """An agent takes the ticket and does it."""
        for action in ("accept", "resolve"):
            answer = await self.routing.post(f"/v1/tickets/{ticket['id']}/{action}", json={"agent": agent})
            assert answer.status_code == 200, answer.text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    directory = tmp_path_factory.mktemp("known")
    async with fresh_namespace(servers) as namespace, connect(servers.mongo) as client:
        profile = RunningService("profile", servers, namespace, directory)
        routing = RunningService("routing", servers, namespace, directory)
        await profile.start()
        await routing.start()
        async with (
            profile.client("admin", "root") as of_profile,
            routing.client("admin", "root") as of_routing,
            ingested(profile) as interactions,
        ):
            for path, body in _SETUP.items():
                answer = await of_routing.put(f"/v1/{path}", json=body)
                assert answer.status_code == 200, answer.text
            await of_routing.put("/v1/agents/agent-1/status", json={"status": "available"})
            known = database(client, namespace, "routing")["customers"]
            yield Hub(profile=of_profile, routing=of_routing, interactions=interactions, known=known)
        assert (await profile.stop(), await routing.stop()) == (0, 0)


@pytest.fixture
def ann() -> Somebody:
    number = uuid4().int % 10**8
    return Somebody(email=f"email:ann.{number}@shop.example", phone=f"phone:+49151{number:08}")


async def test_somebody_new_is_a_customer_of_whom_nothing_is_known(hub: Hub, ann: Somebody) -> None:
    ticket = await hub.comes(ann.email)
    assert (ticket["customer"], ticket["segment"]) == (customer_id(hub.interactions.hashed(ann.email)), None)
    assert ticket["customer"] == await hub.customer(ann.email)
    assert await hub.tickets(ticket["customer"]) == {ticket["id"]}


async def test_what_somebody_changes_goes_with_the_next_ticket(hub: Hub, ann: Somebody) -> None:
    before = await hub.comes(ann.email)
    await hub.change(ann.email, segment="gold", account_manager="agent-7", language="de-AT")
    await hub.heard(ann.email, segment="gold")
    ticket = await hub.comes(ann.email)
    opened = await hub.opening(ticket)
    assert (ticket["segment"], ticket["queue"], before["segment"], before["queue"]) == ("gold", "german", None, "rest")
    assert (opened["segment"], opened["account_manager"]) == ("gold", "agent-7")
    await hub.change(ann.email, segment=None)
    await hub.heard(ann.email, segment=None, account_manager="agent-7")
    assert (await hub.comes(ann.email))["segment"] is None


async def test_what_an_identification_tells_goes_with_the_next_ticket(hub: Hub, ann: Somebody) -> None:
    await hub.interactions.publish(
        identified("i-1", ann.email, [], evidence="import", attributes={"segment": "gold", "postcode": "10115"})
    )
    await hub.heard(ann.email, segment="gold")
    assert (await hub.comes(ann.email))["segment"] == "gold"


async def test_linked_identities_are_one_customer_until_they_are_split(hub: Hub, ann: Somebody) -> None:
    by_mail, by_phone = await hub.comes(ann.email), await hub.comes(ann.phone)
    await hub.serve(by_phone)
    mail, phone = by_mail["customer"], by_phone["customer"]
    await hub.change(ann.email, segment="gold")
    await hub.merge(ann.email, ann.phone)
    await hub.heard(ann.phone, customer=mail, segment="gold")
    again = await hub.comes(ann.phone)
    assert (again["customer"], again["segment"], (await hub.opening(again))["last_agent"]) == (mail, "gold", "agent-1")
    by_mail_again = await hub.comes(ann.email)
    assert (await hub.opening(by_mail_again))["last_agent"] == "agent-1"
    all_of_them = {one["id"] for one in (by_mail, by_phone, again, by_mail_again)}
    assert await hub.tickets(mail) == await hub.tickets(phone) == all_of_them

    split = await hub.profile.post(f"/v1/customers/{mail}/split", json={"identities": [ann.phone]})
    assert split.status_code == 200, split.text
    await hub.heard(ann.phone, customer=phone, segment=None)
    alone = await hub.comes(ann.phone)
    assert (alone["customer"], alone["segment"]) == (phone, None)
    assert await hub.tickets(phone) == {by_phone["id"], again["id"], alone["id"]}
    assert await hub.tickets(mail) == {by_mail["id"], by_mail_again["id"]}


async def test_an_erasure_takes_everything_away(hub: Hub, ann: Somebody) -> None:
    ticket, _ = await hub.comes(ann.email), await hub.comes(ann.phone)
    await hub.change(ann.email, segment="gold", account_manager="agent-7", language="de")
    await hub.merge(ann.email, ann.phone)
    await hub.heard(ann.phone, segment="gold")
    answer = await hub.profile.delete(f"/v1/customers/{ticket['customer']}")
    assert answer.status_code == 200, answer.text
    for identity in (ann.email, ann.phone):
        hashed = hub.interactions.hashed(identity)
        nothing = {"segment": None, "account_manager": None, "language": None}
        await hub.heard(identity, customer=customer_id(hashed), **nothing)
    await hub.interactions.publish(identified("late", ann.email, [], attributes={"segment": "gold"}))
    opened = await hub.opening(await hub.comes(ann.email))
    assert [opened.get(name) for name in ("segment", "account_manager")] == [None, None]


@pytest.mark.parametrize("customer", ["nobody", "cus_", "cus_1", "cus_" + "z" * 31])
async def test_a_customer_that_is_none_is_said(hub: Hub, customer: str) -> None:
    answer = await hub.routing.get("/v1/tickets", params={"customer": customer})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "customer is no customer's id" in answer.json()["detail"]


async def test_links_from_before_are_told_when_profile_starts(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A process that ended between deciding and telling leaves the same behind as a hub from before."""
    first, second = "0a" * 16, "0b" * 16
    claim = event_id("/tests", "claim")
    link = IdentityLinked(identity=first, also=second, at=MOMENT, evidence="agent", cause="evidence-1", claim=claim)
    async with fresh_namespace(servers) as namespace:
        async with connect(servers.mongo) as client:
            log = decision_log(database(client, namespace, "profile"))
            await log.append(
                Entry(
                    stream="identities", sequence=1, position=0, at=MOMENT, outcomes=(), events=(("evidence-1", link),)
                )
            )
        profile = RunningService("profile", servers, namespace, tmp_path_factory.mktemp("before"))
        await profile.start()

        async def told() -> list[tuple[str, str]]:
            events = [customers.decode(value).data for value in await published(profile, CUSTOMERS)]
            return [(event.identity, event.customer) for event in events if isinstance(event, CustomerKnown)]

        assert await eventually(told, within=60, what="the telling") == [(second, customer_id(first))]
        assert await profile.stop() == 0
