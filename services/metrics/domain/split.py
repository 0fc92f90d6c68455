"""Handle time by the definition `split`: each second of handling counts in the interval that it lies in.

It is summed when it is asked for, from the spans of the contacts that were handled then, also of those that still are.
"""

from collections.abc import Iterator, Mapping

from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import Key, Row, keys_of
from services.metrics.domain.figures import Figures


def shares(contact: Contact, begin: int, end: int) -> Iterator[tuple[str, int]]:
    """How much of what was done for the contact lies in (begin, end], by name, in microseconds. What goes on counts
    until `end`.
    """
    for phase, since, until in contact.running(end):
        inside = min(until, end) - max(since, begin)
        if inside > 0:
            yield f"{phase}_split", inside


def is_handled_after(row: Row, moment: int) -> bool:
    """Whether it was handled after the moment, or still is."""
    return isinstance(row, Contact) and (row.phase is not None or any(until > moment for *_, until in row.spans))


def split_keys(contact: Contact) -> list[Key]:
    """What its handling counts for, while it lasts."""
    return keys_of(contact) + ([("agent", contact.agent)] if contact.agent is not None else [])


class Split:
    """Contacts that were handled lately."""

    def __init__(self) -> None:
        self._contacts: dict[str, Contact] = {}

    def put(self, name: str, row: Row) -> None:
        """The row is new, or another one now."""
        if isinstance(row, Contact) and row.agent is not None:
            self._contacts[name] = row

    def forget(self, floor: int) -> None:
        """Lets go of what was over at the moment `floor`."""
        for name, contact in list(self._contacts.items()):
            if contact.phase is None and all(until <= floor for *_, until in contact.spans):
                del self._contacts[name]

    def within(self, groups: Mapping[Key, Figures], begin: int, end: int) -> dict[Key, Figures]:
        """The figures, and beside them the shares of (begin, end]."""
        found = dict(groups)
        mine: set[Key] = set()
        for contact in self._contacts.values():
            for name, amount in shares(contact, begin, end):
                for key in split_keys(contact):
                    if key not in mine:
                        mine.add(key)
                        found[key] = found[key].copy() if key in found else Figures()
                    found[key].sums[name] += amount
        return found
