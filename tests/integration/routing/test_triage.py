"""Which queue takes what: rules in a running service, and what they are not told."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.routing.customers import Customers
from services.routing.domain.meaning import Opening, meaning
from services.routing.domain.rules import always_open
from services.routing.store import Store
from services.routing.triage import Facts
from shared.contracts.codec import interactions
from shared.contracts.customers import CustomerKnown, customer_id
from shared.keyring import Key, Keyring
from shared.mongo import connect, database
from shared.publishing import Outgoing, Publisher
from shared.topics import CUSTOMERS, INTERACTIONS
from tests.eventually import eventually
from tests.integration.routing.centre import Centre
from tests.integration.routing.test_known_customers import heard, record
from tests.integration.routing.writers import Writers, now
from tests.properties.test_routing_customers import decided
from tests.sealed_events import seal_event

pytestmark = pytest.mark.asyncio(loop_scope="package")

Json = dict[str, Any]


@pytest_asyncio.fixture(loop_scope="package")
async def writers(publisher: Publisher, centre: Centre) -> AsyncIterator[Writers]:
    """The centre's customers."""
    async with Writers.of(publisher, centre) as writers:
        yield writers


async def put_rules(centre: Centre, queue: str, rules: list[Json], **settings: Any) -> httpx.Response:  # noqa: ANN401 (fields of a queue)
    """Gives one of the centre's queues these rules; they are asked before those of other pools."""
    body = {"pool": centre.pool, "name": "A queue", "rank": 1, "rules": rules, **settings}
    async with centre.as_("admin", "root") as admin:
        return await admin.put(f"/v1/queues/{queue}", json=body)


async def with_rules(centre: Centre, writers: Writers) -> None:
    """`calls` takes complaints by mail, `rest` the other mails to the centre's mailbox."""
    complaint = {"words": ["wild goose", "Beschwerde"], "kind": "complaint", "priority": 2, "skills": ["sales"]}
    for queue, rank, rule in ((centre.calls, 1, complaint), (centre.rest, 2, {})):
        answer = await put_rules(centre, queue, [{"address": writers.mailbox, **rule}], rank=rank)
        assert answer.status_code == 200, answer.text


async def test_words_in_a_mail_decide_queue_priority_skills_and_kind(centre: Centre, writers: Writers) -> None:
    await with_rules(centre, writers)
    await centre.sign_in(centre.ann)

    await writers.send(writers.mail("ann", "You sent me on a wild-goose chase."), writers.mail("bob", "Geese, wild"))

    (complaint,) = await centre.wait_for(1, kind="complaint")
    (request,) = await centre.wait_for(1, kind="request")
    assert (complaint["queue"], complaint["priority"], complaint["skills"]) == (centre.calls, 2, ["sales"])
    assert (request["queue"], request["kind"], request["conversation"]) == (
        centre.rest,
        "request",
        writers.conversation("bob"),
    )
    items = (await centre.client.get(f"/v1/tickets/{complaint['id']}/explain")).json()["items"]
    assert (items[0]["offer"]["queue"], items[0]["offer"]["by"]) == (centre.calls, "rule-1")
    assert items[0]["rule"]["words"] == ["wild goose", "Beschwerde"]


async def test_the_explanation_shows_the_rule_as_it_was_when_it_decided(centre: Centre, writers: Writers) -> None:
    await with_rules(centre, writers)
    await writers.send(writers.mail("ann", "beschwerde"))
    (ticket,) = await centre.wait_for(1, kind="complaint")
    answer = await put_rules(centre, centre.calls, [{"address": writers.mailbox, "words": ["other"]}], rank=1)
    assert answer.status_code == 200, answer.text

    await centre.sign_in(centre.ann)

    await centre.wait_for(1, state="offered", agent=centre.ann)
    (item,) = (await centre.client.get(f"/v1/tickets/{ticket['id']}/explain")).json()["items"]
    assert item["rule"]["words"] == ["wild goose", "Beschwerde"]


async def test_of_what_was_written_nothing_is_kept(centre: Centre, writers: Writers) -> None:
    await with_rules(centre, writers)
    await writers.send(writers.mail("ann", "Beschwerde zzpersonal", subject="zzsubject"))
    await centre.wait_for(1, kind="complaint")
    async with connect(centre.routing.servers.mongo) as client:
        own = database(client, centre.routing.namespace, "routing")
        for name in await own.list_collection_names():
            async for document in own[name].find():
                assert re.search("zzpersonal|zzsubject", str(document)) is None, name
    for path in centre.routing.directory.glob("*.log"):
        assert re.search("zzpersonal|zzsubject", path.read_text("utf-8")) is None


class WatchedKeys:
    """The keyring, and whose keys it was asked for."""

    def __init__(self, keyring: Keyring) -> None:
        self.asked: set[str] = set()
        self._keyring = keyring

    async def find(self, names: Iterable[str], *, anew: bool = False) -> dict[str, Key]:
        """As the keyring finds them."""
        asked = set(names)
        self.asked |= asked
        return await self._keyring.find(asked, anew=anew)


async def test_content_is_opened_only_where_its_words_could_decide(centre: Centre, writers: Writers) -> None:
    await with_rules(centre, writers)
    keyring, hasher = writers.sealer.keyring, writers.sealer.hasher
    keys = WatchedKeys(keyring)
    elsewhere, named = writers.mail("elsewhere", "Beschwerde"), writers.mail("named", "Beschwerde", queue=centre.rest)
    plain = [
        writers.mail("ann", "Beschwerde"),
        replace(elsewhere, data=replace(elsewhere.data, address="elsewhere@shop.example")),
        named,
        writers.call("bob"),
    ]
    events = [interactions.decode(await seal_event(keyring, hasher, one)) for one in plain]
    asking = [(event, meant) for event in events if isinstance(meant := meaning(event), Opening)]
    async with connect(centre.routing.servers.mongo) as client:
        routing = database(client, centre.routing.namespace, "routing")
        store = Store(routing)
        own = [queue for queue in await store.views.queues() if queue.pool == centre.pool]

        told = await Facts(store, Customers(routing, store), keys).tell(asking, own, always_open)

    assert [opening.traits.said.has_any(["beschwerde"]) for opening in told] == [True, False, False, False]
    assert keys.asked == {events[0].data.identity}


async def test_who_was_erased_has_no_words_and_what_does_not_open_holds_nothing_up(
    publisher: Publisher, centre: Centre, writers: Writers
) -> None:
    await with_rules(centre, writers)
    erased, broken = writers.mail("erased", "Beschwerde"), writers.mail("broken", "Beschwerde")
    keyring, hasher = writers.sealer.keyring, writers.sealer.hasher
    sealed = [interactions.decode(await seal_event(keyring, hasher, one)) for one in (erased, broken)]
    await keyring.erase([sealed[0].data.identity], now())
    moved: Any = replace(sealed[1].data, content=sealed[0].data.content)
    events = [sealed[0], replace(sealed[1], data=moved)]

    await publisher.publish(INTERACTIONS, [Outgoing(one.partitionkey, interactions.encode(one)) for one in events])

    tickets = await centre.wait_for(2, queue=centre.rest)
    assert {one["kind"] for one in tickets} == {"request"}
    await writers.send(writers.mail("next", "Beschwerde"))
    await centre.wait_for(1, kind="complaint")


async def test_automatic_messages_and_loops_open_nothing(centre: Centre, writers: Writers) -> None:
    answer = await put_rules(centre, centre.rest, [{"address": writers.mailbox}], loop_limit=3)
    assert answer.status_code == 200, answer.text
    before = await not_opened(centre)
    mails = [writers.mail(f"m{number}", "Again") for number in range(5)]
    looping = [replace(mail, data=replace(mail.data, identity=mails[0].data.identity)) for mail in mails]

    await writers.send(writers.mail("reply", "I am on holiday", automatic=True), *looping, writers.mail("ann", "Hello"))

    async def counted() -> bool:
        after = await not_opened(centre)  # what is taken twice is counted twice
        return after["loop"] - before["loop"] >= 2 and after["automatic"] - before["automatic"] >= 1

    await eventually(counted, what="two mails of a loop and one automatic one, counted")
    tickets = await centre.wait_for(4)
    assert len(tickets) == 4
    assert writers.conversation("ann") in {one["conversation"] for one in tickets}


async def not_opened(centre: Centre) -> dict[str, float]:
    """How many interactions opened no ticket, by reason."""
    async with httpx.AsyncClient(base_url=centre.routing.url) as client:
        shown = (await client.get("/metrics")).text
    found = re.findall(r'hub_tickets_not_opened_total\{reason="(\w+)"\} (\S+)', shown)
    return {"loop": 0.0, "automatic": 0.0} | {reason: float(value) for reason, value in found}


async def test_a_caller_goes_where_the_choice_says_and_without_one_where_other_rules_say(
    centre: Centre, writers: Writers
) -> None:
    menu = {"address": writers.number, "ivr": "2", "kind": "order"}
    assert (await put_rules(centre, centre.calls, [menu], rank=1)).status_code == 200
    assert (await put_rules(centre, centre.rest, [{"address": writers.number}], rank=2)).status_code == 200

    await writers.send(writers.call("left"), writers.hang_up("left"))
    await writers.send(writers.call("silent", seconds_ago=60), writers.call("chooser"))
    await writers.send(writers.choose("chooser", "2"))

    (order,) = await centre.wait_for(1, queue=centre.calls)
    assert (order["kind"], order["conversation"]) == ("order", writers.conversation("chooser"))
    (silent,) = await centre.wait_for(1, queue=centre.rest)
    assert (silent["kind"], silent["conversation"]) == ("request", writers.conversation("silent"))
    assert len(await centre.tickets()) == 2, "who hung up in the menu asked no queue for anything"


async def test_outside_business_hours_another_rule_decides(centre: Centre, writers: Writers) -> None:
    calendar = f"office-{centre.pool}"
    await put_calendar(centre, calendar, in_days=3)
    late = {"address": writers.mailbox, "hours": "closed"}
    assert (await put_rules(centre, centre.calls, [late], rank=1, calendar=calendar)).status_code == 200
    assert (await put_rules(centre, centre.rest, [{"address": writers.mailbox}], rank=2)).status_code == 200

    await writers.send(writers.mail("late", "Hello"))
    (closed,) = await centre.wait_for(1)
    await put_calendar(centre, calendar, in_days=0)
    await writers.send(writers.mail("early", "Hello"))

    assert (closed["queue"], closed["conversation"]) == (centre.calls, writers.conversation("late"))
    (opened,) = await centre.wait_for(1, queue=centre.rest)
    assert opened["conversation"] == writers.conversation("early")


async def put_calendar(centre: Centre, calendar: str, in_days: int) -> None:
    """A calendar that is open on the weekday that is in so many days, and on those before and after it."""
    weekdays = [f"{now() + timedelta(days=in_days + day):%A}".lower() for day in (-1, 0, 1)]
    hours = {"name": "Office", "time_zone": "UTC", "week": {day: ["00:00-24:00"] for day in weekdays}}
    async with centre.as_("admin", "root") as admin:
        answer = await admin.put(f"/v1/calendars/{calendar}", json={"pool": centre.pool, **hours})
        assert answer.status_code == 200, answer.text


async def test_a_customer_with_an_open_ticket_goes_to_its_queue_whichever_way_they_come(
    publisher: Publisher, centre: Centre, writers: Writers
) -> None:
    follow_up = {"address": writers.mailbox, "open_ticket": "queue"}
    assert (await put_rules(centre, centre.calls, [follow_up, {"address": writers.number}], rank=1)).status_code == 200
    assert (await put_rules(centre, centre.rest, [{"address": writers.mailbox}], rank=2)).status_code == 200
    call, mail = writers.call("ann"), writers.mail("ann mail", "It is about my call")
    caller, writer = (writers.sealer.hasher.identity(one.data.identity) for one in (call, mail))
    await tell(publisher, centre, CustomerKnown(identity=writer, at=now(), customer=customer_id(caller)))

    await writers.send(call)
    await centre.wait_for(1, queue=centre.calls)
    await writers.send(mail, writers.mail("bob", "Hello"))

    assert {one["conversation"] for one in await centre.wait_for(2, queue=centre.calls)} == {
        writers.conversation("ann"),
        writers.conversation("ann mail"),
    }
    assert [one["conversation"] for one in await centre.wait_for(1, queue=centre.rest)] == [writers.conversation("bob")]


async def test_a_rule_may_ask_for_the_customers_segment(publisher: Publisher, centre: Centre, writers: Writers) -> None:
    gold = {"address": writers.mailbox, "segment": "gold", "priority": 1}
    assert (await put_rules(centre, centre.rest, [gold, {"address": writers.mailbox}])).status_code == 200
    mail = writers.mail("ann", "Hello")
    writer = writers.sealer.hasher.identity(mail.data.identity)
    known = CustomerKnown(identity=writer, at=now(), customer=customer_id(writer), segment="Gold")
    await tell(publisher, centre, known)

    await writers.send(mail, writers.mail("bob", "Hello"))

    tickets = await centre.wait_for(2)
    assert {one["conversation"]: one["priority"] for one in tickets} == {
        writers.conversation("ann"): 1,
        writers.conversation("bob"): 5,
    }


async def tell(publisher: Publisher, centre: Centre, known: CustomerKnown) -> None:
    """Profile tells of a customer, and routing has heard it."""
    await publisher.publish(CUSTOMERS, [record(decided(known, 1, 0))])
    await heard(centre.routing.servers, centre.routing, known.identity, 1)


async def test_rules_that_would_never_decide_are_refused_with_the_reason(centre: Centre, writers: Writers) -> None:
    rule = {"address": writers.mailbox}
    await with_rules(centre, writers)
    dead = await put_rules(centre, centre.rest, [rule, {**rule, "channel": "email"}], rank=2)
    assert dead.status_code == 409
    expected = f"Rule 2 of {centre.rest} would never decide: rule 1 of {centre.rest} takes everything that it would."
    assert dead.json()["detail"].startswith(expected)
    killing = await put_rules(centre, centre.calls, [rule], rank=1)
    assert killing.status_code == 409
    assert f"Rule 1 of {centre.rest} would never decide: rule 1 of {centre.calls}" in killing.json()["detail"]
    contradictory = await put_rules(centre, centre.calls, [{**rule, "words": ["?!"]}], rank=1)
    assert (contradictory.status_code, "'?!' has no letter" in contradictory.json()["detail"]) == (409, True)


async def test_rules_that_name_what_there_is_not_are_refused(centre: Centre, writers: Writers) -> None:
    unknown = await put_rules(centre, centre.calls, [{"address": writers.mailbox, "skills": {"klingon": 3}}])
    assert (unknown.status_code, "There is no skill klingon" in unknown.json()["detail"]) == (409, True)
    nowhere = await put_rules(centre, centre.calls, [{"address": writers.mailbox, "hours": "open", "calendar": "nope"}])
    assert (nowhere.status_code, "no calendar nope" in nowhere.json()["detail"]) == (409, True)
    for wrong in ({"kind": "rant"}, {"hours": "sometimes"}, {"priority": 10}, {"words": [""]}, {"regex": ".*"}):
        answer = await put_rules(centre, centre.calls, [{"address": writers.mailbox, **wrong}])
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"][0]["field"].startswith("body.rules.0."), wrong
