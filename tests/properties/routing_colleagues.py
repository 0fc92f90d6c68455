"""What people do with tickets beside their course: they write on them, merge them, and ask each other."""

from abc import abstractmethod
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from services.routing.domain.commands import Command, FireTimers, TransferTicket
from services.routing.domain.commands_annotating import LinkTicket, NoteTicket, TagTicket, UnlinkTicket
from services.routing.domain.commands_consulting import (
    AcceptConsultation,
    AskColleague,
    ConsultingCommand,
    DeclineConsultation,
    EndConsultation,
)
from services.routing.domain.commands_merging import MergeTicket
from services.routing.domain.state import Pool

AGENTS = ("ann", "bob", "cem")
QUEUES = ("sales", "mail")
ANSWERS = (AcceptConsultation, AcceptConsultation, DeclineConsultation, EndConsultation)

agents = st.sampled_from(AGENTS)
tags = st.sets(st.sampled_from(("vip", "refund", "late")))

NOTE = "8c7f1d52-1111-5111-8111-111111111111"


class Colleagues(RuleBasedStateMachine):
    """Rules for the life of a pool."""

    pool: Pool

    @abstractmethod
    def do(self, command: Command | FireTimers, early: int = 0) -> None:
        """Has it decided."""

    @precondition(lambda self: self.pool.tickets)
    @rule(pick=st.integers(0, 20), early=st.integers(0, 3), agent=st.none() | agents, names=tags, gone=tags)
    def somebody_tags(self, pick: int, early: int, agent: str | None, names: set[str], gone: set[str]) -> None:
        known = sorted(self.pool.tickets)
        if known:
            ticket = known[pick % len(known)]
            wanted = TagTicket(ticket=ticket, by="sue", agent=agent, add=tuple(names), remove=tuple(gone - names))
            self.do(wanted, early=early)
            self.do(NoteTicket(ticket=ticket, by="sue", agent=agent, note=NOTE, content="sealed"), early=early)

    @precondition(lambda self: self.pool.tickets)
    @rule(pick=st.integers(0, 20), other=st.integers(0, 20), again=st.booleans(), agent=st.none() | agents)
    def somebody_links(self, pick: int, other: int, again: bool, agent: str | None) -> None:
        known = sorted(self.pool.tickets)
        if known:
            ticket, to = known[pick % len(known)], known[other % len(known)]
            self.do(LinkTicket(ticket=ticket, by="sue", agent=agent, to=to, relation="related"))
            if again:
                self.do(UnlinkTicket(ticket=ticket, by="sue", agent=agent, to=to))

    @precondition(lambda self: self.pool.tickets)
    @rule(
        pick=st.integers(0, 20),
        other=st.integers(0, 20),
        early=st.integers(0, 3),
        agent=st.none() | agents,
        forced=st.booleans(),
    )
    def somebody_merges(self, pick: int, other: int, early: int, agent: str | None, forced: bool) -> None:
        known = sorted(self.pool.tickets)
        if known:
            ticket, into = known[pick % len(known)], known[other % len(known)]
            self.do(MergeTicket(ticket=ticket, into=into, by="sue", agent=agent, forced=forced), early=early)

    @precondition(lambda self: any(ticket.agent for ticket in self.pool.tickets.values()))
    @rule(colleagues=st.permutations(AGENTS), early=st.integers(0, 3), accept=st.booleans())
    def agents_ask_colleagues(self, colleagues: list[str], early: int, accept: bool) -> None:
        """Everybody who talks to a customer asks the first who has room for that."""
        for ticket in [one for one in self.pool.tickets.values() if one.phase in ("active", "held")]:
            able = [name for name in colleagues if self.pool.load(self.pool.agents[name]).admits(ticket.channel)]
            to = next((name for name in able if name != ticket.agent), colleagues[0])
            self.do(AskColleague(ticket=ticket.id, by="sue", agent=ticket.agent, to=to), early=early)
            if accept:
                self.do(AcceptConsultation(ticket=ticket.id, by=to, agent=to))

    @precondition(lambda self: any(ticket.consulted for ticket in self.pool.tickets.values()))
    @rule(pick=st.integers(0, 20), command=st.sampled_from(ANSWERS), early=st.integers(0, 3))
    def colleague_answers(self, pick: int, command: Callable[..., ConsultingCommand], early: int) -> None:
        asked = sorted(ticket.id for ticket in self.pool.tickets.values() if ticket.consulted)
        if asked:
            ticket = self.pool.tickets[asked[pick % len(asked)]]
            self.do(command(ticket=ticket.id, by=ticket.consulted, agent=ticket.consulted), early=early)

    @precondition(lambda self: any(ticket.consulted for ticket in self.pool.tickets.values()))
    @rule(pick=st.integers(0, 20), queue=st.none() | st.sampled_from(QUEUES))
    def agent_passes_on_to_the_colleague(self, pick: int, queue: str | None) -> None:
        asked = sorted(ticket.id for ticket in self.pool.tickets.values() if ticket.consulted)
        if asked:
            ticket = self.pool.tickets[asked[pick % len(asked)]]
            wanted = TransferTicket(ticket=ticket.id, by="sue", agent=ticket.agent, to=ticket.consulted, queue=queue)
            self.do(wanted)
