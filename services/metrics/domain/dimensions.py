"""By what figures are told apart: everything, or one pool, queue, channel, agent, segment, kind or reason each."""

from collections.abc import Iterator
from typing import Literal, get_args

from services.metrics.domain.contact import Contact
from services.metrics.domain.figures import Booking
from services.metrics.domain.interaction import Answer, Minute
from services.metrics.domain.presence import Presence
from services.metrics.domain.ticket import RETURNS, Ticket

Dimension = Literal["all", "pool", "queue", "channel", "agent", "reason", "segment", "kind"]
"""reason: the wrap-up code, of what is completed or resolved with one. agent: of what an agent has accepted, and of
answers about them.
"""

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

Key = tuple[Dimension, str]
"""("queue", "sales"); everything is ("all", "")."""

ALL: Key = ("all", "")
Row = Contact | Ticket | Minute | Answer | Presence

OF_AGENTS: frozenset[Dimension] = frozenset({"all", "pool", "agent"})
"""By what the time of agents is told apart."""

_RESOLVED = frozenset({"resolved", "resolution", "resolved_business", "resolution_business", "resolved_known"}) | {
    f"returned_{name}" for name in RETURNS
}
_BY_AGENT = frozenset({"answered", "answered_in_time", "wait"}) | _RESOLVED
_COMPLETED = frozenset({"handled", "talk", "hold", "wrapup"})
_BY_REASON = _COMPLETED | _RESOLVED
BY_SOME = _BY_AGENT | _BY_REASON
"""What counts for an agent or a wrap-up code, too."""


def keyed(row: Row) -> Iterator[tuple[Booking, list[Key]]]:
    """Each booking of the row, and what it counts for. A presence books nothing: its time is joined with contacts."""
    if isinstance(row, Presence):
        return
    if isinstance(row, Minute | Answer):
        told = _keys_of_interactions(row)
        yield from ((booking, told) for booking in row.bookings())
        return
    always = keys_of(row)
    agent, reason = _one("agent", row.agent), _one("reason", row.code)
    for booking in row.bookings():
        keys, name = always, booking[0]
        if agent and (name in _BY_AGENT or name in _COMPLETED):
            keys = keys + agent
        if reason and name in _BY_REASON:
            keys = keys + reason
        yield booking, keys


def keys_of(row: Contact | Ticket) -> list[Key]:
    """What all of the row counts for."""
    keys: list[Key] = [ALL, ("channel", row.channel), ("kind", row.kind)]
    if row.queue is not None:
        keys.append(("queue", row.queue))
    return keys + _one("pool", row.pool) + _one("segment", row.segment)


def _keys_of_interactions(row: Minute | Answer) -> list[Key]:
    keys: list[Key] = [ALL, ("channel", row.channel)]
    if isinstance(row, Answer):
        keys += _one("queue", row.queue or None) + _one("agent", row.agent or None)
    return keys


def _one(dimension: Dimension, value: str | None) -> list[Key]:
    return [] if value is None else [(dimension, value)]
