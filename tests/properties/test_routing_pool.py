"""A pool under everything that can happen to it, in any order: what holds at every moment of its log."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import cycle, islice
from typing import Any, Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from pydantic import TypeAdapter

from services.routing.domain.answer_command import AnswerContact
from services.routing.domain.commands import (
    AcceptTicket,
    Asked,
    CloseTicket,
    Command,
    ConfigureAgent,
    ConfigurePool,
    ConfigureQueue,
    DeclineTicket,
    EscalateTicket,
    FireTimers,
    HoldTicket,
    PendTicket,
    PersonCommand,
    PrioritiseTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    SetStatus,
    StartWrapup,
    TakeTicket,
    TicketCommand,
    TransferTicket,
)
from services.routing.domain.commands_monitoring import EndMonitoring, MonitoringCommand, MonitorTicket
from services.routing.domain.configuration import AgentSettings, ChannelSettings, PoolSettings, QueueSettings
from services.routing.domain.decide import Agreed, decide
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.explaining import explain
from services.routing.domain.state import Pool
from services.routing.domain.targets import EscalationRule, TargetSettings
from services.routing.domain.timers import next_deadline
from services.routing.kept import KeptPool
from shared.contracts.agents import ChosenStatus
from shared.contracts.tickets import TicketOffered
from shared.snapshot_files import lines_of
from tests.properties.routing_callers import CHANNELS, LANGUAGES, Callers
from tests.properties.routing_colleagues import AGENTS, QUEUES, Colleagues, agents
from tests.properties.routing_complaints import GIVEN, STEPS, ComplaintsWitness, complaint_lookups
from tests.properties.routing_deadlines import DeadlinesWitness
from tests.properties.routing_fair_day import FairDay
from tests.properties.routing_hours import ALWAYS, Offices, office
from tests.properties.routing_kept import Stored, as_logged, put_together, taken_apart, what_changed
from tests.properties.routing_neighbours import Neighbours, NeighboursWitness
from tests.properties.routing_order import OrderWitness
from tests.properties.routing_settings import SKILLS, escalations, levels, queue_settings, with_rules
from tests.properties.routing_witness import Witness, lookups, ready
from tests.unit.routing.scenario import EIGHT

Action = Callable[..., TicketCommand]
_pend = partial(PendTicket, on="customer")
_resolve = partial(ResolveTicket, code="done")
ACTIONS: tuple[Action, ...] = (
    AcceptTicket,
    DeclineTicket,
    HoldTicket,
    ResumeTicket,
    StartWrapup,
    ResolveTicket,
    _pend,
)
ALLOWED: dict[str, tuple[Action, ...]] = {
    "offered": (AcceptTicket, AcceptTicket, DeclineTicket),
    "active": (HoldTicket, StartWrapup, _resolve, _pend),
    "held": (ResumeTicket, _resolve, _pend),
    "wrapup": (_resolve, _pend),
}
Step = Callable[..., PersonCommand | MonitoringCommand]
PERSONS: tuple[Step, ...] = (
    *(partial(TransferTicket, queue=queue) for queue in QUEUES),
    *(partial(TransferTicket, to=agent) for agent in AGENTS),
    partial(TransferTicket, queue="mail", to="ann"),
    EscalateTicket,
    *(partial(TakeTicket, agent=agent) for agent in AGENTS),
    ReopenTicket,
    CloseTicket,
    partial(PrioritiseTicket, priority=1),
    partial(PrioritiseTicket, priority=9),
    MonitorTicket,
    EndMonitoring,
)
STATUSES: tuple[ChosenStatus, ...] = ("available", "available", "busy", "break", "offline")

SETTINGS = QueueSettings(
    name="Queue", offer_timeout_s=20.0, wrapup_s=40.0, reopen_s=30.0, targets=TargetSettings(first_response_s=50.0)
)

_state: TypeAdapter[Pool] = TypeAdapter(Pool)


class PoolLife(Callers, Colleagues, Neighbours, Offices):
    """One pool; `witness` knows only its events. pace: how many seconds pass with each command."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = Pool(id="main")
        self.events: list[Event] = []
        self.witness = Witness()
        self.order = OrderWitness(self.witness)
        self.deadlines = DeadlinesWitness(self.witness)
        self.neighbours = NeighboursWitness()
        self.complaints = ComplaintsWitness()
        self.now = EIGHT
        self.opened = 0
        self.pace = 0
        self.snapshot = (0, taken_apart(self.pool))
        self.keeping: tuple[int, Iterator[Any]] | None = None
        self.kept_so_far: Stored = ()
        self.patch = pytest.MonkeyPatch()

    @initialize(
        kinds=st.sampled_from((2, 20_000)),
        pace=st.sampled_from((0, 1, 3, 8)),
        lively=st.none() | st.tuples(queue_settings, queue_settings),
    )
    def configure(self, kinds: int, pace: int, lively: tuple[QueueSettings, ...] | None = None) -> None:
        self.patch.setattr("services.routing.domain.index._KINDS", kinds)
        self.patch.setattr("services.routing.kept._AT_ONCE", 2)
        self.do(ConfigurePool(settings=PoolSettings(name="Main")))
        self.do(office(ALWAYS))
        for queue in QUEUES:
            self.do(ConfigureQueue(queue=queue, settings=replace(SETTINGS, name=queue)))
        for agent in AGENTS:
            self.do(ConfigureAgent(agent=agent, settings=AgentSettings(name=agent, skills=dict.fromkeys(SKILLS, 3))))
            self.do(SetStatus(agent=agent, status="available"))
        for queue, wanted in zip(QUEUES, lively or (), strict=False):
            self.do(ConfigureQueue(queue=queue, settings=wanted))
        self.pace = pace

    @rule(number=st.integers(0, 11), late=st.integers(-5, 40))
    def agent_writes(self, number: int, late: int) -> None:
        self.do(AnswerContact(conversation=f"c{number}", answered=self.now - timedelta(seconds=late)))

    @precondition(lambda self: any(ticket.agent for ticket in self.pool.tickets.values()))
    @rule(pick=st.integers(0, 20), choice=st.integers(0, 5), early=st.integers(0, 3))
    def agent_goes_on(self, pick: int, choice: int, early: int) -> None:
        """Somebody does something that the ticket in hand allows."""
        held = sorted(ticket.id for ticket in self.pool.tickets.values() if ticket.agent is not None)
        self.agent_goes_on_with(held[pick % len(held)], choice, early)

    def agent_goes_on_with(self, name: str, choice: int, early: int = 0) -> None:
        ticket = self.pool.tickets.get(name)
        if ticket is not None and ticket.phase in ALLOWED:
            action = ALLOWED[ticket.phase][choice % len(ALLOWED[ticket.phase])]
            self.do(action(ticket=name, agent=ticket.agent or ""), early=early)

    @precondition(lambda self: any(ticket.agent for ticket in self.pool.tickets.values()))
    @rule(choices=st.lists(st.integers(0, 5), min_size=1, max_size=4))
    def everybody_goes_on(self, choices: list[int]) -> None:
        held = sorted(ticket.id for ticket in self.pool.tickets.values() if ticket.agent is not None)
        for at, choice in zip(range(len(held)), cycle(choices), strict=False):
            self.agent_goes_on_with(held[at], choice)

    @rule(agent=agents, number=st.integers(1, 20), action=st.sampled_from(ACTIONS))
    def agent_errs(self, agent: str, number: int, action: Action) -> None:
        self.do(action(ticket=f"t{number}", agent=agent))

    @precondition(lambda self: self.pool.tickets)
    @rule(pick=st.integers(0, 20), action=st.sampled_from(PERSONS), early=st.integers(0, 3))
    def supervisor_steps_in(self, pick: int, action: Step, early: int) -> None:
        known = sorted(self.pool.tickets)
        if known:
            self.do(action(ticket=known[pick % len(known)], by="sue"), early=early)

    @precondition(lambda self: any(ticket.agent for ticket in self.pool.tickets.values()))
    @rule(pick=st.integers(0, 20), action=st.sampled_from(PERSONS[:7]), other=st.none() | agents)
    def agent_passes_on(self, pick: int, action: Step, other: str | None) -> None:
        held = sorted(ticket.id for ticket in self.pool.tickets.values() if ticket.agent is not None)
        if held:
            ticket = self.pool.tickets[held[pick % len(held)]]
            agent = other or ticket.agent
            self.do(action(ticket=ticket.id, by=agent, agent=agent))

    @precondition(lambda self: any(ticket.agent for ticket in self.pool.tickets.values()))
    @rule(
        pick=st.integers(0, 20), seconds=st.none() | st.integers(1, 40), on=st.sampled_from(("customer", "third_party"))
    )
    def agent_waits(self, pick: int, seconds: int | None, on: Literal["customer", "third_party"]) -> None:
        held = sorted(ticket.id for ticket in self.pool.tickets.values() if ticket.agent is not None)
        if held:
            ticket = self.pool.tickets[held[pick % len(held)]]
            until = None if seconds is None else self.now + timedelta(seconds=seconds)
            self.do(PendTicket(ticket=ticket.id, agent=ticket.agent or "", on=on, until=until))

    @precondition(lambda self: any(ticket.phase == "pending" for ticket in self.pool.tickets.values()))
    @rule(pick=st.integers(0, 20))
    def agent_goes_on_with_what_waited(self, pick: int) -> None:
        waits = sorted(ticket.id for ticket in self.pool.tickets.values() if ticket.phase == "pending")
        if waits:
            ticket = self.pool.tickets[waits[pick % len(waits)]]
            self.do(ResumeTicket(ticket=ticket.id, agent=ticket.owner or ""))

    @precondition(lambda self: self.pool.tickets)
    @rule(pick=st.integers(0, 20), step=st.sampled_from(STEPS), early=st.integers(0, 3), agent=st.none() | agents)
    def complaint_goes_on(self, pick: int, step: Any, early: int, agent: str | None) -> None:  # noqa: ANN401 (a class)
        known = sorted({*self.pool.complaints, *self.pool.tickets})
        if known:
            ticket = known[pick % len(known)]
            self.do(step(ticket=ticket, by=agent or "sue", agent=agent, **GIVEN.get(step, {})), early=early)

    @rule(
        agent=agents,
        status=st.sampled_from(STATUSES),
        force=st.booleans(),
        reason=st.none() | st.just("lunch"),
        early=st.integers(0, 3),
    )
    def change_status(self, agent: str, status: ChosenStatus, force: bool, reason: str | None, early: int) -> None:
        by = "sue" if force else None
        self.do(SetStatus(agent=agent, status=status, force=force, reason=reason, by=by), early=early)

    @rule(seconds=st.integers(1, 30))
    def time_passes(self, seconds: int) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: int) -> None:
        """Until all that is due by then has happened."""
        self.now += timedelta(seconds=seconds)
        for _ in range(5 + 2 * len(self.pool.tickets)):
            deadline = next_deadline(self.pool)
            if deadline is None or deadline > self.now:
                assert self.complaints.overdue_untold(self.now) == set()
                assert self.deadlines.overdue(self.now) == []
                return
            self.decide(FireTimers())
        raise AssertionError("firing the timers does not move the next deadline")

    @rule(
        agent=agents,
        skills=levels,
        queues=st.none() | st.sampled_from(QUEUES),
        chats=st.integers(0, 4),
        limit=st.integers(0, 4),
        team=st.none() | st.sampled_from(("east", "west")),
        languages=st.dictionaries(st.sampled_from(LANGUAGES), st.integers(1, 5)),
    )
    def configure_agent(
        self,
        agent: str,
        skills: dict[str, int],
        queues: str | None,
        chats: int,
        limit: int,
        team: str | None,
        languages: dict[str, int],
    ) -> None:
        wanted = AgentSettings(
            name=agent,
            skills=skills,
            queues=None if queues is None else (queues,),
            units=None if chats == 4 else 2 * chats + 1,
            limits={"chat": limit},
            team=team,
            languages=languages,
        )
        self.do(ConfigureAgent(agent=agent, settings=wanted))

    @rule(queue=st.sampled_from(QUEUES), wanted=queue_settings, rules=st.sets(escalations))
    def configure_queue(self, queue: str, wanted: QueueSettings, rules: set[EscalationRule]) -> None:
        self.do(ConfigureQueue(queue=queue, settings=with_rules(wanted, rules)))

    @rule(
        units=st.integers(1, 4) | st.just("all"),
        interrupted_by=st.sets(st.sampled_from(CHANNELS)),
        whole=st.integers(2, 9),
        priority_s=st.sampled_from((0.0, 10.0, 3_600.0)),
    )
    def configure_pool(
        self, units: int | Literal["all"], interrupted_by: set[str], whole: int, priority_s: float
    ) -> None:
        fax = ChannelSettings(units=units, interrupted_by=tuple(sorted(interrupted_by)))
        wanted = PoolSettings(name="Main", units=whole, channels={"fax": fax}, priority_s=priority_s)
        self.do(ConfigurePool(settings=wanted))

    @rule()
    def take_snapshot(self) -> None:
        self.snapshot = (len(self.events), taken_apart(self.pool))

    @rule()
    def keep_what_changed(self) -> None:
        folded, stored = self.snapshot
        self.keep(stored + what_changed(self.pool, self.events[folded:]))

    @rule(rows=st.integers(0, 6))
    def keep_a_little_more(self, rows: int) -> None:
        """A whole snapshot comes about row by row, while decisions go on."""
        began, left = self.keeping or (len(self.events), KeptPool().rows(self.pool))
        more = tuple(lines_of(islice(left, rows)))
        self.keeping, self.kept_so_far = (began, left), self.kept_so_far + more
        if rows and not more:
            self.keep(self.kept_so_far + what_changed(self.pool, self.events[began:]))
            self.keeping, self.kept_so_far = None, ()

    def keep(self, stored: Stored) -> None:
        self.snapshot = (len(self.events), stored)
        kept = put_together(stored)
        assert kept == self.pool
        assert lookups(kept) == lookups(self.pool)
        assert complaint_lookups(kept) == complaint_lookups(self.pool)

    @invariant()
    def lookups_are_those_of_the_state(self) -> None:
        rebuilt = _state.validate_json(_state.dump_json(self.pool))
        assert rebuilt == self.pool
        assert lookups(rebuilt) == lookups(self.pool)
        assert complaint_lookups(rebuilt) == complaint_lookups(self.pool)

    @rule()
    def look_who_is_ready(self) -> None:
        assert ready(_state.validate_json(_state.dump_json(self.pool))) == ready(self.pool)

    @invariant()
    def nobody_waits_while_somebody_could_be_asked(self) -> None:
        if not self.pool.unsettled:
            assert self.witness.matches_left(self.pool) == []

    @invariant()
    def state_and_log_agree(self) -> None:
        self.witness.agrees_with(self.pool)
        self.complaints.agrees_with(self.pool)
        self.neighbours.agrees_with(self.pool)

    def teardown(self) -> None:
        self.patch.undo()
        self.look_who_is_ready()
        replayed = Pool(id="main")
        for event in self.events:
            evolve(replayed, event)
        assert replayed == self.pool
        folded, stored = self.snapshot
        from_snapshot = put_together(stored)
        for event in self.events[folded:]:
            evolve(from_snapshot, event)
        assert from_snapshot == self.pool
        FairDay(self.pool, self.now, self.see, SKILLS).ends_everything(alone=len(self.events) % 2 == 0)

    def do(self, command: Command | FireTimers, early: int = 0) -> None:
        self.decide(command, early)
        if self.pace:
            self.pass_time(self.pace)

    def decide(self, command: Command | FireTimers, early: int = 0) -> None:
        """The pool decides, and what follows happens."""
        asked = Asked(command=command, at=self.now - timedelta(seconds=early), now=self.now)
        before = _state.dump_json(self.pool)
        decided = decide(self.pool, asked)
        assert decide(self.pool, asked) == decided, "deciding twice must lead to the same"
        assert _state.validate_json(before) == self.pool, "deciding must not change the state"
        if isinstance(decided, Agreed):
            kept = taken_apart(self.pool)
            if decided.events and isinstance(command, TransferTicket | EscalateTicket) and command.agent is not None:
                assert self.witness.holders.get(command.ticket) == command.agent, "agents pass on what is theirs"
            for event in decided.events:
                if isinstance(event, TicketOffered):
                    self.explain(event)
                self.order.see(self.pool, event)
                evolve(self.pool, event)
                self.see(event)
            kept += what_changed(self.pool, decided.events)
            assert put_together(kept) == self.pool, "what was not kept again has not changed"

    def see(self, event: Event) -> None:
        """All who watch take the event in."""
        self.witness.see(event)
        self.deadlines.see(event)
        self.complaints.see(event)
        self.neighbours.see(event)
        assert as_logged(event) == event, "what is published at once is what the log holds"
        self.events.append(event)

    def explain(self, offer: TicketOffered) -> None:
        """The explanation, read off the state alone, agrees with the decision."""
        explained = explain(self.pool, offer)
        chosen = [one for one in explained.candidates if one.why == "chosen"]
        assert [one.agent for one in chosen] == [offer.agent]
        assert len(explained.candidates) == len(self.pool.agents)
        if not self.pool.unsettled:
            assert chosen[0].place == 1
            assert "later" not in {one.why for one in explained.passed}


PoolLife.TestCase.settings = settings(stateful_step_count=40)
TestPoolLife = PoolLife.TestCase
