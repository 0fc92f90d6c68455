"""Windows of a day, from kept quarters and rows: right to the event before quarters are summed, after, and after late
events.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from services.metrics.domain.kpis import Choice
from services.metrics.history import History
from services.metrics.live import Live
from services.metrics.targets import Targets
from shared.contracts.decided import Decided
from shared.contracts.kpis import LongWindow
from shared.contracts.tickets import TicketEvent, TicketQueued
from shared.mongo import connect, database
from tests.conftest import Servers
from tests.integration.metrics.owning import as_records
from tests.integration.metrics.test_live import store
from tests.oracle import kpis as oracle
from tests.oracle.comparing import assert_same_figures
from tests.oracle.histories import decided, steps_of, ticket_log

BERLIN = ZoneInfo("Europe/Berlin")
BEGAN = datetime(2026, 3, 28, 18, tzinfo=UTC)
NOW = datetime(2026, 3, 29, 21, 37, 12, 345_000, UTC)
"""The evening of the day in which clocks were changed in Berlin."""

MIDNIGHT = datetime(2026, 3, 28, 23, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


async def assert_right(live: Live, log: list[Decided[TicketEvent]], now: datetime) -> None:
    """What is told equals the independent calculation, by everything, queue and channel."""
    stays = oracle.stays(log)
    asked: list[tuple[LongWindow, datetime | None]] = [("24h", None), ("day", MIDNIGHT)]
    for window, since in asked:
        told = await live.measure(window, ("all", "queue", "channel"), Choice.of(), BERLIN)
        assert told.since == since
        assert told.as_of == now.replace(microsecond=0) + timedelta(seconds=1)
        span = told.as_of - since if since else timedelta(hours=24)
        assert len(told.items) > 5
        for item in told.items:
            calculated = oracle.kpis(stays, span=span, as_of=told.as_of, **item.key)
            names = oracle.FIGURES
            assert_same_figures(
                {name: getattr(item.kpis, name) for name in names}, {name: calculated[name] for name in names}
            )
    for figure in ("offered", "answered", "handled"):
        assert getattr(told.items[0].kpis, figure) > 20


async def test_a_day_is_right_however_much_of_it_is_kept_and_after_late_events(
    servers: Servers, namespace: str
) -> None:
    log = ticket_log(steps_of(Random(11), 1_500, tickets=20, pace=68_000), BEGAN)
    late = {event.data.ticket for event in log if event.data.ticket.startswith(("ticket-3-", "ticket-7-"))}
    known = [event for event in log if event.data.ticket not in late]
    events = known + [event for event in log if event.data.ticket in late]
    records = as_records(events)
    clock = Clock(NOW)
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        live, history = Live(client, own, Targets(own), clock, tuple), History(client, own)
        await store(servers, namespace, records[: len(known)])
        await history.prepare()
        await assert_right(live, known, clock.now)
        for until in (clock.now - timedelta(hours=6), clock.now):  # with some of the quarters kept, then with all
            while await history.catch_up(until):
                live.forget()
                await assert_right(live, known, clock.now)
        assert await own["summed_quarters"].count_documents({}) > 90
        await store(servers, namespace, records)
        live.forget()
        await assert_right(live, log, clock.now)
        while await history.catch_up(clock.now):
            live.forget()
            await assert_right(live, log, clock.now)
        clock.now += timedelta(minutes=21)
        await history.catch_up(clock.now)
        await assert_right(live, log, clock.now)


async def test_a_late_event_in_the_quarter_in_which_the_window_begins_counts(servers: Servers, namespace: str) -> None:
    begins = NOW.replace(microsecond=0) + timedelta(seconds=1) - timedelta(hours=24)

    def queued(ticket: str, sequence: int, seconds: int) -> Decided[TicketEvent]:
        event: TicketEvent = TicketQueued(
            ticket=ticket, at=begins + timedelta(seconds=seconds), queue="q", channel="chat", threshold=20, short=5
        )
        return decided(event, "pool-a", sequence, 0)

    log = [queued("a", 1, 60), queued("next quarter", 2, 600), queued("out", 3, 0)]
    log += [queued("late", 4, 1), queued("late and out", 5, -1)]
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        live, history = Live(client, own, Targets(own), Clock(NOW), tuple), History(client, own)
        for known, offered in ((3, 2), (5, 3)):
            await store(servers, namespace, as_records(log)[:known])
            while await history.catch_up(NOW):
                pass
            live.forget()
            (item,) = (await live.measure("24h", ("all",), Choice.of())).items
            assert item.kpis.offered == offered


async def test_a_long_window_without_anything_has_counts_of_zero_and_no_ratios(
    servers: Servers, namespace: str
) -> None:
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        live = Live(client, own, Targets(own), Clock(NOW), tuple)
        await store(servers, namespace, [])
        (item,) = (await live.measure("24h", ("all",), Choice.of())).items
    assert (item.kpis.offered, item.kpis.service_level) == (0, None)
