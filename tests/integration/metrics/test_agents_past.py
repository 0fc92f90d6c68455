"""The time of agents in the past and over a day: right to the event, also of what lasts for days and comes late."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from services.metrics.agents import AgentFigures
from services.metrics.domain.agent_kpis import AGENT_KPIS
from services.metrics.domain.dimensions import Dimension
from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.windows import moment_of, time_of
from services.metrics.history import History
from services.metrics.live import Live
from services.metrics.targets import Targets
from shared.contracts.agents import AgentEvent, AgentStatus, AgentStatusChanged
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from shared.mongo import connect, database
from tests.conftest import Servers
from tests.integration.metrics.owning import as_records
from tests.integration.metrics.reading import by_quarters
from tests.integration.metrics.test_agent_store import owner, records
from tests.integration.metrics.test_live import store
from tests.integration.metrics.test_long_windows import Clock
from tests.oracle import agents as oracle
from tests.oracle.comparing import assert_same_figures
from tests.oracle.histories import agent_log, decided, steps_of, ticket_log

BEGAN = datetime(2026, 3, 2, 6, tzinfo=UTC)
NOW = datetime(2026, 3, 5, 10, 7, 12, 345_000, UTC)
NAMES = (*oracle.FIGURES, "weighted")
GROUPINGS: tuple[Dimension, ...] = ("all", "pool", "agent")


async def store_agents(servers: Servers, namespace: str, log: Sequence[Decided[AgentEvent]], now: datetime) -> None:
    async with owner(servers, namespace) as writing:
        await writing.prepare()
        await AgentFigures(writing, lambda: now).take(records(log))


class Truth:
    """The figures by the independent calculation."""

    def __init__(self, agents: Sequence[Decided[AgentEvent]], tickets: Sequence[Decided[TicketEvent]]) -> None:
        self._spells, self._works = oracle.spells(agents), oracle.works(tickets)

    def assert_kept(self, told: Figures, dimension: Dimension, value: str, quarter: int) -> None:
        """What is kept of a quarter is right."""
        as_of = time_of(begins(quarter + 1))
        figures = {"weighted" if one.name == "weighted" else one.kpi: one.of(told) for one in AGENT_KPIS}
        self._compare(figures, {dimension: value} if value else {}, timedelta(minutes=15), as_of)

    async def assert_told(self, live: Live) -> None:
        """What is told of the last 24 hours is right."""
        told = await live.measure("24h", GROUPINGS, Choice.of(["wall-clock", "weighted"]))
        for item in told.items:
            figures = {name: getattr(item.kpis, name) for name in oracle.FIGURES}
            figures["weighted"] = (item.also or {})["occupancy"]["weighted"]
            self._compare(figures, item.key, timedelta(hours=24), told.as_of)

    def _compare(
        self, figures: dict[str, float | None], key: Mapping[Any, str], span: timedelta, as_of: datetime
    ) -> None:
        calculated = oracle.kpis(self._spells, self._works, span=span, as_of=as_of, **key)
        assert_same_figures(figures, {name: calculated[name] for name in NAMES})


async def assert_history(history: History, truth: Truth, *, until: datetime) -> None:
    """Each quarter and key that was ever told, and everything in quarters in which nothing was."""
    first, last = quarter_of(moment_of(BEGAN)) - 1, quarter_of(moment_of(until)) - 1
    for dimension in GROUPINGS:
        told = await by_quarters(history, dimension, first, last)
        for quarter in range(first, last):
            known = told.get(quarter, {})
            for value in known.keys() | ({""} if dimension == "all" else set[str]()):
                figures = known[value][1] if value in known else Figures()
                truth.assert_kept(figures, dimension, value, quarter)


async def test_the_past_and_the_day_are_right_before_and_after_late_events(servers: Servers, namespace: str) -> None:
    agents = agent_log(Random(4), 160, BEGAN, agents=4, pace=1_500_000)
    tickets = ticket_log(steps_of(Random(5), 300, tickets=5, pace=700_000), BEGAN)
    known = [event for place, event in enumerate(agents) if place % 5]
    known_tickets = [event for event in tickets if not event.data.ticket.startswith("ticket-3")]
    clock = Clock(NOW)
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        live, history = Live(client, own, Targets(own), clock, tuple), History(client, own)
        await store(servers, namespace, as_records(known_tickets))
        await store_agents(servers, namespace, known, NOW)
        await history.prepare()
        await Truth(known, known_tickets).assert_told(live)
        while await history.catch_up(clock.now):
            pass
        live.forget()
        await Truth(known, known_tickets).assert_told(live)
        await assert_history(history, Truth(known, known_tickets), until=NOW)
        late = [event for event in agents if event not in known]
        await store_agents(servers, namespace, [*known, *late], NOW)
        await store(servers, namespace, as_records([*known_tickets, *(e for e in tickets if e not in known_tickets)]))
        live.forget()
        await Truth(agents, tickets).assert_told(live)
        while await history.catch_up(clock.now):
            pass
        live.forget()
        await Truth(agents, tickets).assert_told(live)
        await assert_history(history, Truth(agents, tickets), until=NOW)
        clock.now += timedelta(hours=3)  # nothing happens, and time goes on
        while await history.catch_up(clock.now):
            pass
        live.forget()
        await Truth(agents, tickets).assert_told(live)
        await assert_history(history, Truth(agents, tickets), until=clock.now)


def turned(status: AgentStatus, when: datetime, sequence: int) -> Decided[AgentEvent]:
    event: AgentEvent = AgentStatusChanged(agent="ann", at=when, status=status)
    return decided(event, "main", sequence, 0)


async def test_a_late_sign_out_restates_every_quarter_that_was_told_since_and_says_why(
    servers: Servers, namespace: str
) -> None:
    since = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    available, gone = turned("available", since, 1), turned("offline", since + timedelta(hours=30), 2)
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        history = History(client, own)
        await store(servers, namespace, [])
        await store_agents(servers, namespace, [available], NOW)
        await history.prepare()
        while await history.catch_up(NOW):
            pass
        first, last = quarter_of(moment_of(since) + 1), quarter_of(moment_of(NOW))
        told = await by_quarters(history, "agent", first, last)
        assert {told[quarter]["ann"][1].sums["available_split"] for quarter in range(first, last)} == {900_000_000}
        await store_agents(servers, namespace, [available, gone], NOW)
        while await history.catch_up(NOW):
            pass
        told = await by_quarters(history, "agent", first, last)
        seconds = [told[quarter]["ann"][1].sums["available_split"] // 1_000_000 for quarter in range(first, last)]
        assert seconds == [900] * 120 + [0] * 72
        restated = await history.restated("agent", since, NOW, 1_000)
    assert len(restated) == 72
    assert {cause for one in restated for cause in one["causes"]} == {gone.id}
    assert (restated[0]["before"]["available_time"], restated[0]["after"]["available_time"]) == (900.0, None)
