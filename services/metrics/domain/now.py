"""What is so now: who waits, since when, and which tickets are not resolved."""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from services.metrics.domain.backlog import Backlog
from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import Key, keys_of
from services.metrics.domain.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How many wait, and since when the longest of them, in microseconds since 1970."""

    count: int
    oldest: int


class _Arrivals:
    """Those who wait, by moment. Who has left stays in the heap until it comes to the top, or they are the most."""

    __slots__ = ("_heap", "waiting")

    def __init__(self) -> None:
        self.waiting: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def come(self, name: str, moment: int) -> None:
        self.waiting[name] = moment
        heappush(self._heap, (moment, name))

    def go(self, name: str) -> None:
        del self.waiting[name]
        if len(self._heap) > 2 * len(self.waiting) + 64:
            self._heap = [(moment, name) for name, moment in self.waiting.items()]
            heapify(self._heap)

    def oldest(self) -> int:
        while self.waiting.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0]


class Now:
    """Kept as rows change, in time that grows with the logarithm of how many wait."""

    def __init__(self) -> None:
        self.backlog: dict[Key, Backlog] = {}
        self._arrivals: dict[Key, _Arrivals] = {}
        self._shown: dict[str, list[Key]] = {}
        self._opened: dict[str, int] = {}

    def put(self, name: str, row: Contact | Ticket) -> None:
        """The row is new, or another one now."""
        is_contact = isinstance(row, Contact)
        opened = self._opened.pop(name, 0)
        for key in self._shown.pop(name, ()):
            if is_contact:
                self._go(name, key)
            else:
                self._resolve(key, opened)
        if isinstance(row, Contact):
            if row.left is None:
                self._shown[name] = keys_of(row)
                for key in self._shown[name]:
                    self._arrivals.setdefault(key, _Arrivals()).come(name, row.entered)
        elif row.is_open:
            self._shown[name] = keys_of(row)
            self._opened[name] = row.opened
            for key in self._shown[name]:
                self.backlog.setdefault(key, Backlog()).add(row.opened)

    def lines(self) -> dict[Key, Line]:
        """Where somebody waits."""
        return {
            key: Line(count=len(arrivals.waiting), oldest=arrivals.oldest()) for key, arrivals in self._arrivals.items()
        }

    def _go(self, name: str, key: Key) -> None:
        arrivals = self._arrivals[key]
        arrivals.go(name)
        if not arrivals.waiting:
            del self._arrivals[key]

    def _resolve(self, key: Key, opened: int) -> None:
        self.backlog[key].remove(opened)
        if not self.backlog[key]:
            del self.backlog[key]
