"""hub.tickets.v1: how tickets belong together, and when one becomes part of another."""

from dataclasses import dataclass
from typing import Literal

from shared.contracts.ticketed import Ticketed
from shared.contracts.values import Name

Relation = Literal["related", "duplicate", "caused_by"]
"""What a ticket is to the one it is linked to: related to it, a duplicate of it, or caused by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLinked(Ticketed):
    """A further one to the same ticket takes the place of the first. by: the person."""

    event: Literal["ticket.linked"] = "ticket.linked"
    to: Name
    relation: Relation
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketUnlinked(Ticketed):
    event: Literal["ticket.unlinked"] = "ticket.unlinked"
    to: Name
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMerged(Ticketed):
    """It is closed as part of the ticket `into`, which gets what is said on its conversations from now on.

    The stay in `queue` is over, and it was neither abandoned nor resolved. agent: who was asked or had it. by: the
    person. forced: the two were of different customers.
    """

    event: Literal["ticket.merged"] = "ticket.merged"
    queue: Name
    into: Name
    by: Name
    agent: Name | None = None
    forced: Literal[True] | None = None
