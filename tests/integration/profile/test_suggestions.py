"""Who could be one person: found when something is told, ranked, accepted or dismissed by somebody, never linked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from services.profile.asking import commands
from services.profile.domain.commands import ChangeCustomer, CustomerCommand, EraseCustomer, Part
from services.profile.domain.linking import STREAM
from shared.keyring import keyring_of
from shared.mongo import connect, database
from shared.publishing import Outgoing, Publisher
from shared.sealing import seal
from shared.topics import CUSTOMER_COMMANDS
from tests.eventually import eventually
from tests.integration.profile.customers import Ingested, popped
from tests.integration.running_service import Json, RunningService
from tests.sealed_events import identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


@dataclass(frozen=True)
class Household:
    """People at an address that is in one test only; whoever is called is seen at once."""

    agent: httpx.AsyncClient
    interactions: Ingested
    own: str = field(default_factory=lambda: uuid4().hex[:10])

    def address(self, kind: str) -> str:
        """This household's address of a kind."""
        return f"email:{self.own}@shop.example" if kind == "email" else f"{kind}{'' if '-' in kind else ':'}{self.own}"

    async def tell(self, kind: str, name: str | None, *also: str, **attributes: str) -> str:
        """Something becomes known of the household's address of a kind; its customer's id."""
        own = self.address(kind)
        told = {"postcode": f"PC {self.own}", **({"name": name} if name else {}), **attributes}
        others = [self.address(other) for other in also or (f"device:{kind}-",)]
        await self.interactions.publish(identified(uuid4().hex, own, others, attributes=told))
        return str((await popped(self.agent, own, entries=1, identities=2))["customer"]["id"])

    async def suggested(self, customer: str, *others: str) -> list[Json]:
        """The customer's suggestions once they are these, the best first; their customers' ids are compared."""

        async def look() -> bool:
            return [one["customer"]["id"] for one in await self.shown(customer)] == list(others)

        await eventually(look, what=f"{len(others)} suggestions for {customer}")
        return await self.shown(customer)

    async def shown(self, customer: str) -> list[Json]:
        """The customer's suggestions now."""
        answer = await self.agent.get(f"/v1/customers/{customer}/suggestions")
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["items"]
        return found


@pytest.fixture
def household(agent: httpx.AsyncClient, interactions: Ingested) -> Household:
    return Household(agent, interactions)


async def decide(profile: RunningService, command: CustomerCommand) -> None:
    """Sends the decision maker a command."""
    publisher = Publisher(profile.servers.kafka, profile.namespace)
    await publisher.start()
    await publisher.publish(CUSTOMER_COMMANDS, [Outgoing(STREAM, commands.encode(command))])
    await publisher.stop()


async def changed(profile: RunningService, hashed: str, **attributes: str) -> None:
    """An agent writes down what is known of an identity."""
    own, at = str(uuid4()), datetime.now(UTC).replace(microsecond=0)
    async with connect(profile.servers.mongo) as client:
        keys = await keyring_of(client, profile.namespace, profile.directory).ensure([hashed])
    content = seal(keys[hashed].cipher, own, orjson.dumps({"attributes": attributes}))
    await decide(profile, ChangeCustomer(id=own, at=at, by="ann", parts=(Part(identity=hashed, content=content),)))


async def every(agent: httpx.AsyncClient, limit: int) -> list[Json]:
    """All suggestions, by pages of this size."""
    found: list[Json] = []
    asked: dict[str, Any] = {"limit": limit}
    while True:
        answer = await agent.get("/v1/suggestions", params=asked)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        asked["after"] = answer.json()["next"]


async def test_two_who_are_alike_are_suggested_with_the_reason_and_not_merged(household: Household) -> None:
    mail = await household.tell("email", "Maria Kowalczyk", birthday="1980-12-24", street="Long Lane 7")
    handle = await household.tell("telegram", "Kowalczyk, Maria", birthday="1980-12-24", street="Long Lane 8")
    (suggestion,) = await household.suggested(mail, handle)
    assert suggestion["agreement"] == {"name": "same", "postcode": "same", "birthday": "same", "street": "similar"}
    assert suggestion["evidence"] == "similar_name_and_postcode"
    assert 0.6 <= suggestion["score"] <= 1
    assert suggestion["customer"]["identities"][0]["identity"] == household.address("telegram")
    (turned,) = await household.suggested(handle, mail)
    assert (turned["id"], turned["score"]) == (suggestion["id"], suggestion["score"])


async def test_the_likeliest_comes_first_and_a_stranger_not_at_all(household: Household) -> None:
    mail = await household.tell("email", "Jonathan Brightwater", birthday="1971-02-03")
    likely = await household.tell("telegram", "Jonathan Brightwater", birthday="1971-02-03")
    less = await household.tell("whatsapp", "Jonathan Brightwatr")
    await household.tell("signal", "Susan Brightwater")
    best, second = await household.suggested(mail, likely, less)
    assert best["score"] > second["score"]
    own = [
        {customer["id"] for customer in pair["customers"]}
        for pair in await every(household.agent, 2)
        if mail in [customer["id"] for customer in pair["customers"]]
    ]
    assert own == [{mail, likely}, {mail, less}]


async def test_all_suggestions_are_ranked_and_paged(household: Household) -> None:
    for number in range(3):
        await household.tell("email", "Ada Fairweather" if number else "Ada Fairwether", street=f"Mill Road {number}")
        await household.tell(f"app{number}", "Ada Fairweather")
    whole = await every(household.agent, 100)
    assert [(-one["score"], one["id"]) for one in whole] == sorted((-one["score"], one["id"]) for one in whole)
    assert [one["id"] for one in await every(household.agent, 1)] == [one["id"] for one in whole]
    assert len({one["id"] for one in whole}) == len(whole)


async def test_merging_accepts_and_splitting_takes_that_back(household: Household) -> None:
    mail = await household.tell("email", "Peter Hollingsworth")
    handle = await household.tell("telegram", "Peter Hollingsworth")
    await household.suggested(mail, handle)
    await household.agent.post(f"/v1/customers/{mail}/merge", json={"customer": handle})
    assert await household.shown(mail) == []
    links = (await household.agent.get(f"/v1/customers/{mail}/links")).json()["items"]
    assert {(link["evidence"], link["outcome"]) for link in links} == {
        ("verified_login", "linked"),
        ("agent", "linked"),
        ("similar_name_and_postcode", "already_linked"),
    }
    (accepted,) = [link["id"] for link in links if link["evidence"] == "agent"]
    await household.agent.post(f"/v1/customers/{mail}/split", json={"links": [accepted]})
    await household.suggested(mail, handle)


async def test_keeping_apart_dismisses_until_that_is_taken_back(household: Household) -> None:
    mail = await household.tell("email", "Greta Lindqvist")
    handle = await household.tell("telegram", "Greta Lindqvist")
    await household.suggested(mail, handle)
    await household.agent.put(f"/v1/customers/{mail}/apart/{handle}")
    assert await household.shown(mail) == await household.shown(handle) == []
    await household.agent.delete(f"/v1/customers/{mail}/apart/{handle}")
    await household.suggested(handle, mail)


async def test_who_has_another_crm_id_is_not_suggested_and_the_reason_is_known(household: Household) -> None:
    first = await household.tell("crm", "Olga Petrenko")
    other = await household.tell("crm:2-", "Olga Petrenko")

    async def refused() -> bool:
        links = (await household.agent.get(f"/v1/customers/{other}/links")).json()["items"]
        return {link["outcome"] for link in links} == {"linked", "unique_clash"}

    await eventually(refused, what="the refusal")
    assert await household.shown(first) == []


async def test_customers_with_several_suggestions_between_them_are_shown_once(household: Household) -> None:
    mail = await household.tell("email", "Nora Vandenberg")
    await household.tell("telegram", "Nora Vandenberg", "email", birthday="1990-01-01")
    await popped(household.agent, household.address("email"), identities=3)
    other = await household.tell("whatsapp", "Nora Vandenberg", birthday="1990-01-01")
    (one,) = await household.suggested(mail, other)
    links = (await household.agent.get(f"/v1/customers/{other}/links")).json()["items"]
    assert sorted(link["outcome"] for link in links) == ["linked", "suggested", "suggested"]
    assert one["score"] == max(link["score"] or 0 for link in links)
    assert [pair["id"] for pair in await every(household.agent, 100)].count(one["id"]) == 1


async def test_a_name_that_is_told_later_is_compared_too(household: Household, interactions: Ingested) -> None:
    mail = await household.tell("email", "Ferdinand Oyelaran")
    handle = await household.tell("telegram", None)
    await interactions.publish(message(uuid4().hex, household.address("telegram"), name="Ferdinand Oyelaran"))
    await household.suggested(mail, handle)


async def test_what_an_agent_writes_down_is_compared_and_a_correction_takes_the_suggestion_back(
    household: Household, interactions: Ingested, profile: RunningService
) -> None:
    mail = await household.tell("email", "Ingrid Solheim", birthday="1980-05-06")
    handle = await household.tell("telegram", None)
    hashed = interactions.hashed(household.address("telegram"))
    await changed(profile, hashed, given_name="Ingrid", family_name="Solheim")
    await household.suggested(mail, handle)
    await changed(profile, hashed, date_of_birth="1951-11-30")
    await household.suggested(mail)

    async def outcome() -> bool:
        links = (await household.agent.get(f"/v1/customers/{handle}/links")).json()["items"]
        return {link["outcome"] for link in links} == {"linked", "unlike"}

    await eventually(outcome, what="the suggestion being taken back")


async def test_the_suggestions_of_somebody_who_is_erased_are_gone(
    household: Household, interactions: Ingested, profile: RunningService
) -> None:
    mail = await household.tell("email", "Walter Ashcombe")
    handle = await household.tell("telegram", "Walter Ashcombe")
    await household.suggested(mail, handle)
    hashed, device = (interactions.hashed(household.address(one)) for one in ("email", "device:email-"))
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    await decide(profile, EraseCustomer(id=str(uuid4()), at=at, identities=(hashed, device), by="ann"))
    await household.suggested(handle)
    links = (await household.agent.get(f"/v1/customers/{handle}/links")).json()["items"]
    assert {link["outcome"] for link in links} == {"linked", "withdrawn"}
    async with connect(profile.servers.mongo) as client:
        views = database(client, profile.namespace, "profile")
        found = await eventually(lambda: _without(views, hashed), what="nothing to compare being left")
    assert found


async def _without(views: Any, hashed: str) -> bool:  # noqa: ANN401 (a database)
    return await views["likeness"].find_one({"_id": hashed}) is None


async def test_a_kill_loses_no_suggestion(
    household: Household, interactions: Ingested, profile: RunningService
) -> None:
    mail = await household.tell("email", "Beatrix Quarterman")
    told = {"postcode": f"PC {household.own}", "name": "Beatrix Quarterman"}
    others = [f"app{number}:{household.own}" for number in range(15)]
    await interactions.publish(*(identified(uuid4().hex, one, [f"device:{one}"], attributes=told) for one in others))
    async with connect(profile.servers.mongo) as client:
        views = database(client, profile.namespace, "profile")
        await eventually(lambda: views["attributes"].find_one({"identity": interactions.hashed(others[0])}), what="it")
    await profile.kill()
    await profile.start()

    async def all_of_them() -> bool:
        return len(await household.shown(mail)) == len(others)

    await eventually(all_of_them, what="every suggestion", within=60)


async def test_whoever_asks_wrongly_is_told(household: Household, profile: RunningService) -> None:
    agent = household.agent
    for cursor in ("nonsense", (await agent.get("/v1/customers?q=email&limit=1")).json()["next"] or "x"):
        assert (await agent.get("/v1/suggestions", params={"after": cursor})).status_code == 422
    assert (await agent.get("/v1/suggestions", params={"limit": 0})).status_code == 422
    assert (await agent.get("/v1/customers/cus_nobody/suggestions")).status_code == 404
    async with profile.client("channel", "x") as channel:
        assert (await channel.get("/v1/suggestions")).status_code == 403
        assert (await channel.get("/v1/customers/cus_1/suggestions")).status_code == 403


async def test_looking_at_suggestions_is_in_the_audit_log(household: Household, profile: RunningService) -> None:
    mail = await household.tell("email", "Selma Ottosson")
    handle = await household.tell("telegram", "Selma Ottosson")
    await household.suggested(mail, handle)
    async with connect(profile.servers.mongo) as client:
        looks = database(client, profile.namespace, "profile")["looks"]
        look = await looks.find_one({"what": f"GET /v1/customers/{mail}/suggestions", "customers": handle})
        assert look is not None
        assert (look["who"], mail in look["customers"]) == ("ann", True)
        await every(household.agent, 100)
        assert await looks.find_one({"what": "GET /v1/suggestions", "customers": {"$all": [mail, handle]}})
