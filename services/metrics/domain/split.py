"""Handle time by the definition `split`: each second of handling counts in the interval that it lies in."""

from collections.abc import Iterator

from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import Key, Row, keys_of
from services.metrics.domain.presence import Presence
from services.metrics.domain.rates import Edges


def shares(contact: Contact, begin: int, end: int) -> Iterator[tuple[str, int]]:
    """How much of what was done for the contact lies in (begin, end], by name, in microseconds. What goes on counts
    until `end`.
    """
    for phase, since, until in contact.running(end):
        inside = min(until, end) - max(since, begin)
        if inside > 0:
            yield f"{phase}_split", inside


def lasts_beyond(row: Row, moment: int) -> bool:
    """Whether it was handled after the moment, or still is; of a presence, whether the agent was signed in then."""
    if isinstance(row, Presence):
        return row.status != "offline" and (row.until is None or row.until > moment)
    return isinstance(row, Contact) and (row.phase is not None or any(until > moment for *_, until in row.spans))


def split_keys(contact: Contact) -> list[Key]:
    """What its handling counts for, while it lasts."""
    return keys_of(contact) + ([("agent", contact.agent)] if contact.agent is not None else [])


def edges_of_handling(contact: Contact) -> Edges:
    """When each part of its handling begins and ends, for all that it counts for. What goes on has no end."""
    found: Edges = {}
    keys = split_keys(contact)
    spans: list[tuple[str, int, int | None]] = [*contact.spans]
    if contact.phase is not None:
        spans.append((contact.phase, contact.since, None))
    for phase, since, until in spans:
        for moment, change in ((since, 1), (until, -1)):
            if moment is not None:
                for key in keys:
                    edge = key, f"{phase}_split", moment
                    found[edge] = found.get(edge, 0) + change
    return found
