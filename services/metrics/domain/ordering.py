"""The order in which events count, however they come: that of their decisions, and between streams that of time."""

from collections.abc import Iterable
from typing import TypeVar

from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent

E = TypeVar("E", bound=TicketEvent | AgentEvent)

Place = tuple[str, int, int]
"""Stream, sequence, number: which event it is, and where it belongs."""


def place_of(event: Decided[E]) -> Place:
    """Which event it is."""
    return event.stream, event.sequence, event.number


def in_order(events: Iterable[Decided[E]]) -> list[Decided[E]]:
    """The events of a ticket or an agent in the order they count. Within a stream that is the order of the decisions;
    streams are put together by time, where an event is as late as the latest before it in its stream.
    """
    ordered = sorted(events, key=place_of)
    if not ordered or ordered[0].stream == ordered[-1].stream:
        return ordered
    keyed = []
    stream, latest = "", ordered[0].data.at
    for event in ordered:
        latest = event.data.at if event.stream != stream else max(latest, event.data.at)
        stream = event.stream
        keyed.append(((latest, place_of(event)), event))
    return [event for _, event in sorted(keyed, key=lambda pair: pair[0])]
