"""Whether customers came back, found among tickets of all partitions, is right whoever stores what when."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from services.metrics.application import TicketFigures
from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.ticket import Ticket
from services.metrics.domain.windows import moment_of
from services.metrics.drilling.reading import Asked, Drill
from services.metrics.history import History
from services.metrics.live import Live
from services.metrics.store import KpiStore
from services.metrics.targets import Targets
from shared.auth import now_utc
from shared.contracts.decided import Decided
from shared.contracts.kpis import AnyWindow
from shared.contracts.tickets import TicketEvent, TicketOpened
from shared.mongo import Document, connect, database
from shared.publishing import Publisher
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.metrics.log import publish_tickets
from tests.integration.metrics.owning import TicketRecord, as_records, owner
from tests.integration.metrics.reading import by_quarters
from tests.integration.running_service import Json, RunningService
from tests.oracle.histories import decided
from tests.oracle.returns import Whole, first_contact_resolution, wholes
from tests.oracle.visits import QUEUES, visit_log
from tests.unit.metrics.given import NINE, accepted, at, queued, resolved

DAY = 86_400


async def caught_up(history: History, until: datetime) -> None:
    """Everything before `until` is summed, as far as it is known."""
    while await history.catch_up(until + timedelta(seconds=10)):
        pass


async def assert_told(history: History, everyone: Sequence[Whole], begin: datetime, end: datetime) -> None:
    """Each quarter equals the plain calculation, of everything and of each queue, by each definition."""
    first, last = quarter_of(moment_of(begin)), quarter_of(moment_of(end)) + 1
    for queue in (None, *QUEUES):
        told = await by_quarters(history, "queue" if queue else "all", first, last, queue or "")
        for quarter in range(first, last):
            since = datetime.fromtimestamp(quarter * 900, begin.tzinfo)
            until = since + timedelta(minutes=15)
            figures = told.get(quarter, {}).get(queue or "", (0, None))[1]
            for days in (7, 30):
                expected = first_contact_resolution(everyone, since, until, days, queue)
                measured = Choice.of([f"{days}d"]).measure(figures) if figures else {}
                found = measured.get("first_contact_resolution")
                assert found == (None if expected is None else pytest.approx(expected)), (since, queue, days)


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_past_equals_the_plain_calculation_whatever_was_summed_in_between(
    servers: Servers, namespace: str, seed: int
) -> None:
    random = Random(seed)
    log = visit_log(random, 60, timedelta(days=45))
    everyone = wholes(log)
    known = [event for _, event in sorted(enumerate(log), key=lambda pair: pair[0] + random.random() * 80)]
    records = as_records(known)
    begin, end = (pick(event.time for event in log) for pick in (min, max))
    async with (
        connect(servers.mongo) as client,
        owner(servers, namespace) as one,
        owner(servers, namespace) as other,
    ):
        own = database(client, namespace, "metrics")
        history, live = History(client, own), Live(client, own, Targets(own), lambda: end, tuple)
        await one.prepare()
        await history.prepare()
        for place in range(0, len(records), 40):
            piece = records[place : place + 40]
            mine = [record for record in piece if record.partition == 0]
            theirs = [record for record in piece if record.partition != 0]
            await asyncio.gather(
                *(_take(store, part) for store, part in ((one, mine), (other, theirs)) if part),
            )
            if random.random() < 0.5:
                await caught_up(history, end)
        await assert_live(live, everyone)
        await caught_up(history, end + timedelta(minutes=15))
        await assert_told(history, everyone, begin, end)
        live.forget()
        await assert_live(live, everyone)


async def assert_live(live: Live, everyone: Sequence[Whole]) -> None:
    """Short and long windows equal the plain calculation."""
    windows: list[tuple[AnyWindow, int]] = [("1h", 3_600), ("24h", DAY)]
    for window, span in windows:
        told = await live.measure(window, ("all", "queue"), Choice.of())
        for item in told.items:
            begin = told.as_of - timedelta(seconds=span)
            expected = first_contact_resolution(everyone, begin, told.as_of, 7, item.key.get("queue"))
            assert item.kpis.first_contact_resolution == (None if expected is None else pytest.approx(expected))


async def _take(store: KpiStore, records: list[TicketRecord]) -> None:
    await TicketFigures(store, now_utc).take(records)


def visit(ticket: str, begins: float, ends: float | None, first: int) -> list[Decided[TicketEvent]]:
    """A ticket of the same customer in the same queue. Seconds after nine o'clock."""
    opened: TicketEvent = TicketOpened(
        ticket=ticket, at=at(begins), pool="pool-a", conversation=f"c-{ticket}", channel="phone", identity="i"
    )
    events = [opened, queued(ticket, begins)]
    if ends is not None:
        events += [accepted(ticket, ends - 1), resolved(ticket, ends)]
    return [decided(event, "pool-a", sequence, 0) for sequence, event in enumerate(events, start=first)]


class _Held:
    """A collection whose writes are done, but whose transaction is not at its end before it is let go."""

    def __init__(self, collection: Any) -> None:  # noqa: ANN401 (stands in for a collection)
        self._collection = collection
        self.is_written, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def bulk_write(self, writes: list[Any], **options: Any) -> None:  # noqa: ANN401 (pymongo's own)
        await self._collection.bulk_write(writes, **options)
        self.is_written.set()
        await self.may_go_on.wait()


@pytest.mark.parametrize("held_back", ["resolution", "opening"])
async def test_an_opening_and_an_earlier_resolution_stored_at_the_same_time_meet(
    servers: Servers, namespace: str, held_back: str
) -> None:
    before, after = visit("a", 0, 60, 1), visit("b", 2 * DAY, None, 10)
    records = as_records([*before, *after])
    assert len({record.partition for record in records}) == 2
    parts = {
        "resolution": [record for record in records if record.event.data.ticket == "a"],
        "opening": [record for record in records if record.event.data.ticket == "b"],
    }
    (other,) = parts.keys() - {held_back}
    async with (
        connect(servers.mongo) as client,
        owner(servers, namespace) as slow,
        owner(servers, namespace) as quick,
    ):
        history = History(client, database(client, namespace, "metrics"))
        await slow.prepare()
        await history.prepare()
        held = _Held(slow._openings)  # the last collection that a transaction writes to
        slow._openings = held  # type: ignore[assignment] # it has what is used of one
        storing = asyncio.create_task(_take(slow, parts[held_back]))
        await held.is_written.wait()
        await _take(quick, parts[other])
        await caught_up(history, at(3 * DAY))
        held.may_go_on.set()
        await storing
        await caught_up(history, at(3 * DAY))
        await assert_told(history, wholes([*before, *after]), at(1), at(900))
        told = await history.restated("queue", at(0), at(900), 10)
    if held_back == "opening":
        assert [one["causes"] for one in told] == [[after[0].id, after[1].id]]
        assert [
            (one["before"]["first_contact_resolution"], one["after"]["first_contact_resolution"]) for one in told
        ] == [(1.0, 0.0)]


async def test_a_return_restates_what_was_told_and_what_is_told_says_how_much_of_it_is_provisional(
    metrics: RunningService, publisher: Publisher
) -> None:
    resolved_at = datetime.now(UTC).replace(minute=5, second=0, microsecond=0) - timedelta(days=2)
    begins = (resolved_at - NINE).total_seconds()
    query = {"interval": "60m", "by": "queue", "key": "sales", "from": resolved_at.isoformat()}
    query |= {"to": (resolved_at + timedelta(minutes=1)).isoformat()}
    async with metrics.client("supervisor") as client:

        async def told(share: float) -> Json | None:
            items = (await client.get("/v1/kpis/history", params=query)).json()["items"]
            return items[0] if items and items[0]["kpis"]["first_contact_resolution"] == share else None

        await publish_tickets(publisher, visit("a", begins - 60, begins, 1))
        before = await eventually(partial(told, 1.0), within=30, what="the resolution in the past")
        assert before is not None
        assert before["provisional"] == {"first_contact_resolution": 1}
        await publish_tickets(publisher, visit("b", begins + DAY, None, 10))
        after = await eventually(partial(told, 0.0), within=30, what="the return in the past")
        assert after is not None
        assert after["provisional"] is None
        assert after["revision"] == before["revision"] + 1
        link = f"{after['contacts']}&kpi=first_contact_resolution&part=returned_7d"
        (item,) = (await client.get(link)).json()["items"]
        assert (item["ticket"], item["parts"]) == ("a", {"returned_7d": 1})


async def test_the_tickets_behind_the_figure_say_which_were_followed(servers: Servers, namespace: str) -> None:
    log = visit("a", 0, 60, 1) + visit("b", 100, 160, 10) + visit("c", 9 * DAY, 9 * DAY + 60, 20)
    async with connect(servers.mongo) as client, owner(servers, namespace) as store:
        own = database(client, namespace, "metrics")
        await store.prepare()
        await _take(store, as_records(log))
        begin, end = moment_of(at(0)), moment_of(at(10 * DAY))
        found = await Drill(own).page(
            Asked(
                key=("queue", "sales"),
                parts=frozenset({"resolved_known", "returned_7d", "returned_30d"}),
                begin=begin,
                end=end,
            ),
            None,
            10,
        )
    told: dict[str, Document] = {
        one.row.ticket: one.counted.parts for one in found if one.counted and isinstance(one.row, Ticket)
    }
    assert told == {
        "a": {"resolved_known": 1, "returned_7d": 1, "returned_30d": 1},
        "b": {"resolved_known": 1, "returned_30d": 1},
        "c": {"resolved_known": 1},
    }
