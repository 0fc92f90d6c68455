"""A fair day: somebody able comes to work, all go on with what is in hand, and time passes. Every ticket ends."""

from collections.abc import Callable, Iterable
from datetime import datetime

from services.routing.domain.commands import (
    AcceptTicket,
    Asked,
    Command,
    ConfigureAgent,
    DeclineTicket,
    FireTimers,
    ResolveTicket,
    SetStatus,
    TransferTicket,
)
from services.routing.domain.commands_complaints import AcceptComplaint, AnswerComplaint
from services.routing.domain.commands_relief import ForgetContact
from services.routing.domain.configuration import AgentSettings
from services.routing.domain.decide import decide
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.timers import next_deadline

_EVE = "eve"


class FairDay:
    """Changes the pool; `see` is told of every event. Eve, who is able, declines each ticket once."""

    def __init__(self, pool: Pool, now: datetime, see: Callable[[Event], None], skills: Iterable[str]) -> None:
        self.pool = pool
        self.now = now
        self._see = see
        self._skills = dict.fromkeys(skills, 5)
        self._declined: set[str] = set()

    def ends_everything(self, *, alone: bool) -> None:
        """AssertionError if something waits for ever. alone: all others have gone home."""
        self._eve_comes(alone=alone)
        for _ in range(30 + 8 * len(self.pool.tickets)):
            done = [self._take_further(ticket) for ticket in list(self.pool.tickets.values())]
            if True not in done:
                deadline = next_deadline(self.pool)
                if deadline is None:
                    break
                self.now = max(self.now, deadline)
                self._do(FireTimers())
        self._answer_complaints()
        for conversation, moved in list(self.pool.moved.items()):
            self._do(ForgetContact(conversation=conversation, number=moved.number))
        left = {ticket.id: ticket.phase for ticket in self.pool.tickets.values()}
        assert left == {}, f"these never end: {left}"
        assert {agent.id: agent.hand for agent in self.pool.agents.values() if agent.hand} == {}
        remembered = (self.pool.complaints, self.pool.taken, self.pool.moved)
        assert (*remembered, next_deadline(self.pool)) == ({}, {}, {}, None)

    def _eve_comes(self, *, alone: bool) -> None:
        able = AgentSettings(name="Eve", skills=self._skills, languages={"de": 5, "en": 5}, units=9)
        self._do(ConfigureAgent(agent=_EVE, settings=able))
        if alone:
            for agent in sorted(self.pool.agents.keys() - {_EVE}):
                self._do(SetStatus(agent=agent, status="offline", by="sue", force=True))
        self._do(SetStatus(agent=_EVE, status="available"))

    def _take_further(self, ticket: Ticket) -> bool:
        """Whether somebody has done something with it."""
        if self.pool.tickets.get(ticket.id) is not ticket:
            return False
        match ticket.phase:
            case "offered" if ticket.agent == _EVE and ticket.id not in self._declined:
                self._declined.add(ticket.id)
                self._do(DeclineTicket(ticket=ticket.id, agent=_EVE))
            case "offered":
                self._do(AcceptTicket(ticket=ticket.id, agent=ticket.agent or ""))
            case "active" | "held" | "wrapup":
                codes = self.pool.queues[ticket.queue].wrapup_codes
                self._do(ResolveTicket(ticket=ticket.id, agent=ticket.agent or "", code=codes[0] if codes else None))
            case "pending":
                self._do(TransferTicket(ticket=ticket.id, by="sue", queue=ticket.queue))
            case _:
                return False
        return True

    def _answer_complaints(self) -> None:
        for complaint in list(self.pool.complaints.values()):
            listed = self.pool.queues[complaint.queue].complaints
            cause, remedy = next(iter(listed.causes), None), next(iter(listed.remedies), None)
            if complaint.stage != "answered":
                self._do(AnswerComplaint(ticket=complaint.ticket, by="sue", cause=cause, remedy=remedy))
            self._do(AcceptComplaint(ticket=complaint.ticket, by="sue"))

    def _do(self, command: Command | FireTimers) -> None:
        decided = decide(self.pool, Asked(command=command, at=self.now, now=self.now))
        assert not isinstance(decided, Refused), decided
        for event in decided.events:
            evolve(self.pool, event)
            self._see(event)
