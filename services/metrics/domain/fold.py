"""The fold of one partition of the log: what state must be kept to carry on, and what a batch changes.

    events ──► skip what was published again ──► each ticket's contact ──► facts ──► cells and lines

The result depends on the log alone: events of a ticket stand on one partition in the order of the decisions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from services.metrics.domain import agents, contacts
from services.metrics.domain.agents import Agents
from services.metrics.domain.contacts import Contact
from services.metrics.domain.figures import Cells, book
from services.metrics.domain.lines import Lines
from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent

D = TypeVar("D")

Seen = dict[str, tuple[int, int]]
"""The last (sequence, number) that was folded of each decision stream."""


@dataclass(slots=True, kw_only=True)
class Changes:
    """What folding some events changed: sums to add, tickets whose contact is another now, strays that were met."""

    cells: Cells = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    strays: int = 0


@dataclass(slots=True, kw_only=True)
class TicketFold:
    """The state of one partition of hub.tickets.v1: open contacts by ticket, and who waits."""

    seen: Seen = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    lines: Lines = field(default_factory=Lines)

    def restore(self, ticket: str, contact: Contact) -> None:
        """Puts back a contact that was open when the state was stored."""
        self.contacts[ticket] = contact
        self.lines.move(ticket, None, contact)

    def fold(self, events: Iterable[Decided[TicketEvent]]) -> Changes:
        """Takes the state past the events, in place."""
        changes = Changes()
        for event in events:
            if is_new(self.seen, event):
                self._follow(event.data, changes)
        return changes

    def _follow(self, event: TicketEvent, changes: Changes) -> None:
        ticket = event.ticket
        before = self.contacts.get(ticket)
        after, facts = contacts.follow(before, event)
        for fact in facts:
            changes.strays += book(changes.cells, fact)
        if after is before:
            return
        self.lines.move(ticket, before, after)
        changes.tickets.add(ticket)
        if after is None:
            del self.contacts[ticket]
        else:
            self.contacts[ticket] = after


@dataclass(slots=True, kw_only=True)
class AgentFold:
    """The state of one partition of hub.agents.v1."""

    seen: Seen = field(default_factory=dict)
    agents: Agents = field(default_factory=dict)

    def fold(self, events: Iterable[Decided[AgentEvent]]) -> None:
        """Takes the state past the events, in place."""
        for event in events:
            if is_new(self.seen, event):
                agents.follow(self.agents, event.data)


def is_new(seen: Seen, event: Decided[D]) -> bool:
    """Whether the event is beyond the last one of its stream; remembers it then. Others were published again."""
    place = (event.sequence, event.number)
    if place <= seen.get(event.stream, (0, -1)):
        return False
    seen[event.stream] = place
    return True
