"""Who waits now: for each queue and channel how many, and since when the one who waits longest."""

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from services.metrics.domain.contacts import Contact, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One queue and channel. oldest: the moment since which the longest-waiting contact waits."""

    queue: str
    channel: str
    count: int
    oldest: int


@dataclass(slots=True)
class _Heap:
    """Arrivals by moment. Those who left stay in it until they come to the top or outnumber those who wait."""

    waiting: dict[str, int] = field(default_factory=dict)
    arrivals: list[tuple[int, str]] = field(default_factory=list)

    def oldest(self) -> int:
        while self.waiting.get(self.arrivals[0][1]) != self.arrivals[0][0]:
            heappop(self.arrivals)
        return self.arrivals[0][0]

    def compact(self) -> None:
        if len(self.arrivals) > 2 * len(self.waiting) + 64:
            self.arrivals = [(moment, ticket) for ticket, moment in self.waiting.items()]
            heapify(self.arrivals)


class Lines:
    """The waiting contacts of one partition, kept in time that grows with the logarithm of their number."""

    def __init__(self) -> None:
        self._heaps: dict[tuple[str, str], _Heap] = {}

    def move(self, ticket: str, before: Contact | None, after: Contact | None) -> None:
        """Takes a ticket's contact from one state to the next."""
        if before is after:
            return
        if isinstance(before, Waiting):
            self._leave(ticket, before)
        if isinstance(after, Waiting):
            heap = self._heaps.setdefault((after.queue, after.channel), _Heap())
            heap.waiting[ticket] = after.entered
            heappush(heap.arrivals, (after.entered, ticket))

    def now(self) -> list[Line]:
        """The lines in which somebody waits."""
        return [
            Line(queue=queue, channel=channel, count=len(heap.waiting), oldest=heap.oldest())
            for (queue, channel), heap in self._heaps.items()
        ]

    def size(self) -> int:
        """How many entries are kept: bounded by the number of waiting contacts."""
        return sum(len(heap.arrivals) for heap in self._heaps.values())

    def _leave(self, ticket: str, contact: Waiting) -> None:
        heap = self._heaps[contact.queue, contact.channel]
        del heap.waiting[ticket]
        heap.compact()
        if not heap.waiting:
            del self._heaps[contact.queue, contact.channel]
