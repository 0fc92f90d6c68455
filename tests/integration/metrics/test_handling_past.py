"""Quarters that were summed while handling was still going on, as far as anybody knew, come right when it is known."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random

from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.windows import moment_of, time_of
from services.metrics.history import History
from services.metrics.live import Live
from services.metrics.targets import Targets
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from shared.mongo import connect, database
from tests.conftest import Servers
from tests.integration.metrics.owning import as_records
from tests.integration.metrics.reading import by_quarters
from tests.integration.metrics.test_live import store
from tests.oracle.handling import Stretch, handled_within, stretches
from tests.oracle.histories import decided, steps_of, ticket_log
from tests.unit.metrics.given import abandoned, accepted, at, queued, resolved

HOUR = 3_600
PARTS = ("talk", "hold", "wrapup")


def in_turn(events: Iterable[TicketEvent], first: int = 1) -> list[Decided[TicketEvent]]:
    return [decided(event, "pool-a", sequence, 0) for sequence, event in enumerate(events, start=first)]


async def caught_up(history: History, until: datetime) -> None:
    """Everything before `until` is summed."""
    while await history.catch_up(until + timedelta(seconds=10)):
        pass


async def split_of(history: History, begin: datetime, end: datetime) -> dict[int, tuple[int, dict[str, timedelta]]]:
    """By quarter: the revision of what is told of everything, and its parts of handling."""
    first, last = quarter_of(moment_of(begin) + 1), quarter_of(moment_of(end)) + 1
    told = await by_quarters(history, "all", first, last)
    return {
        quarter: (
            values[""][0],
            {part: timedelta(microseconds=values[""][1].sums[f"{part}_split"]) for part in PARTS},
        )
        for quarter, values in told.items()
    }


async def assert_right(history: History, told: Sequence[Stretch], begin: datetime, end: datetime) -> None:
    """Each quarter equals the independent calculation."""
    found = await split_of(history, begin, end)
    for quarter in range(quarter_of(moment_of(begin) + 1), quarter_of(moment_of(end)) + 1):
        expected = handled_within(told, time_of(begins(quarter)), time_of(begins(quarter + 1)))
        assert found.get(quarter, (0, dict.fromkeys(PARTS, timedelta())))[1] == expected, time_of(begins(quarter))


async def test_an_end_that_becomes_known_late_restates_every_quarter_summed_since_and_says_why(
    servers: Servers, namespace: str
) -> None:
    log = in_turn([queued("a", 0), accepted("a", 60), resolved("a", 1_000)])
    now = at(5 * HOUR)
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        history, live = History(client, own), Live(client, own, Targets(own), lambda: now, tuple)
        await store(servers, namespace, as_records(log[:2]))
        await history.prepare()
        await caught_up(history, now)
        await assert_right(history, stretches(log[:2]), at(0), now)
        await store(servers, namespace, as_records(log))
        (item,) = (await live.measure("24h", ("all",), Choice.of(["split"]))).items
        assert item.kpis.talk_time == 940
        await caught_up(history, now)
        await assert_right(history, stretches(log), at(0), now)
        live.forget()
        (item,) = (await live.measure("24h", ("all",), Choice.of(["split"]))).items
        assert item.kpis.talk_time == 940
        restated = await history.restated("all", at(2 * HOUR), at(3 * HOUR), 100)
        assert await own["changed_quarters"].count_documents({"_id.quarter": {"$lt": quarter_of(moment_of(now))}}) == 0
    assert len(restated) == 4
    assert all(one["causes"] == [log[2].id] for one in restated)


async def test_imported_handling_that_never_ends_counts_until_now_and_its_late_end_takes_that_back(
    servers: Servers, namespace: str
) -> None:
    log = in_turn([queued("a", 0), accepted("a", 60), queued("b", 30 * HOUR), abandoned("b", 30 * HOUR + 5)])
    end = decided(resolved("a", 500), "pool-a", len(log) + 1, 0)
    now = at(40 * HOUR)
    async with connect(servers.mongo) as client:
        history = History(client, database(client, namespace, "metrics"))
        await store(servers, namespace, as_records(log))
        await history.prepare()
        await caught_up(history, now)
        await assert_right(history, stretches(log), at(0), now)
        await store(servers, namespace, as_records([*log, end]))
        await caught_up(history, now)
        await assert_right(history, stretches([*log, end]), at(0), now)


async def test_quarters_that_went_by_while_nothing_was_summed_are_summed_when_it_goes_on(
    servers: Servers, namespace: str
) -> None:
    log = in_turn([queued("a", 0), accepted("a", 60)])
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        await store(servers, namespace, as_records(log))
        before = History(client, own)
        await before.prepare()
        await caught_up(before, at(HOUR))
        after = History(client, own)
        await caught_up(after, at(6 * HOUR))
        await assert_right(after, stretches(log), at(0), at(6 * HOUR))


async def test_histories_that_become_known_piece_by_piece_end_as_the_log_says(servers: Servers, namespace: str) -> None:
    log = ticket_log(steps_of(Random(23), 250, tickets=6, pace=900_000))
    known = [event for _, event in sorted(enumerate(log), key=lambda pair: pair[0] + Random(pair[0]).random() * 40)]
    records, end = as_records(known), max(event.time for event in log) + timedelta(hours=3)
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        history = History(client, own)
        for place in (60, 120, 180, len(records)):
            await store(servers, namespace, records[:place])
            await history.prepare()
            await caught_up(history, max(event.time for event in known[:place]) + timedelta(hours=2))
        await caught_up(history, end)
        await assert_right(history, stretches(log), min(event.time for event in log), end - timedelta(minutes=15))


async def test_the_first_that_is_known_of_a_queue_in_a_quarter_that_was_told_restates_it_from_nothing(
    servers: Servers, namespace: str
) -> None:
    log = in_turn([queued("a", 0), abandoned("a", 9), queued("b", 10, queue="support")])
    async with connect(servers.mongo) as client:
        history = History(client, database(client, namespace, "metrics"))
        await store(servers, namespace, as_records(log[:2]))
        await history.prepare()
        await caught_up(history, at(HOUR))
        assert await history.restated("queue", at(0), at(900), 100) == []
        await store(servers, namespace, as_records(log))
        await caught_up(history, at(HOUR))
        (restated,) = await history.restated("queue", at(0), at(900), 100)
    assert restated["key"] == {"queue": "support"}
    assert (restated["revision"], restated["causes"]) == (2, [log[2].id])
    assert (restated["before"]["offered"], restated["after"]["offered"]) == (0, 1)


async def test_two_who_sum_by_clocks_apart_leave_nothing_out(servers: Servers, namespace: str) -> None:
    """One is ahead and has summed what is still to come for the other, who learns of the end."""
    log = in_turn([queued("a", 0), accepted("a", 60), resolved("a", 1_000)])
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        ahead, behind = History(client, own), History(client, own)
        await store(servers, namespace, as_records(log[:2]))
        await ahead.prepare()
        await caught_up(ahead, at(3 * HOUR))
        await store(servers, namespace, as_records(log))
        await caught_up(behind, at(HOUR))
        await caught_up(behind, at(3 * HOUR))
        await assert_right(behind, stretches(log), at(0), at(3 * HOUR))
