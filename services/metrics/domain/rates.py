"""Sums of what lasts, over windows that end now: exact, however long it lasts, without looking at it again.

What lasts is a rate that changes at edges: +1 when a call begins, -1 when it ends. Up to a moment t it comes to

    sum of change · (t - edge) over the edges until t  =  n · t - s,   n = sum of changes, s = sum of change · edge

So a window's sum follows from n and s at its end and at its beginning, both kept as time goes on: an edge is booked
where it lies, and once more when an end of the window passes it. All numbers are integers. What a rate came to before
the first window began counts in both ends alike, so edges that are over may be forgotten.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator

from services.metrics.domain.dimensions import Dimension, Key
from services.metrics.domain.windows import MICROSECONDS, second_of

Edge = tuple[Key, str, int]
"""Of what, which rate, and when (microseconds since 1970)."""

Edges = dict[Edge, int]
"""By how much the rate changes there."""


def sums_of(edges: Edges, begin: int, end: int) -> Counter[tuple[Key, str]]:
    """What the rates come to in (begin, end], in microseconds, where that is not 0."""
    found: Counter[tuple[Key, str]] = Counter()
    for (key, name, moment), change in edges.items():
        if moment < end:
            found[key, name] += change * (end - max(begin, moment))
    return +found


class _Line:
    """n and s of every rate, by what they are of and by name, as [n, s]."""

    __slots__ = ("by_key",)

    def __init__(self) -> None:
        self.by_key: defaultdict[Key, dict[str, list[int]]] = defaultdict(dict)

    def add(self, key: Key, name: str, changes: int, moments: int) -> None:
        rates = self.by_key[key]
        known = rates.get(name)
        if known is None:
            rates[name] = [changes, moments]
        else:
            known[0] += changes
            known[1] += moments

    def add_all(self, other: "_Line") -> None:
        for key, rates in other.by_key.items():
            for name, (changes, moments) in rates.items():
                self.add(key, name, changes, moments)

    def until(self, key: Key, name: str, moment: int) -> int:
        changes, moments = self.by_key.get(key, {}).get(name, (0, 0))
        return changes * moment - moments


class Rates:
    """Edges after the second `floor`, by second, and the sums of windows that do not begin before it."""

    def __init__(self, floor: int) -> None:
        self._floor = floor
        self._before = _Line()
        self._cells: defaultdict[int, _Line] = defaultdict(_Line)
        self._booked: dict[str, Edges] = {}
        self._reached: dict[int, tuple[int, _Line]] = {}

    def put(self, name: str, edges: Edges) -> None:
        """Whatever is known by that name has these edges now."""
        before = self._booked.pop(name, {})
        if edges:
            self._booked[name] = edges
        for edge in before.keys() | edges.keys():
            change = edges.get(edge, 0) - before.get(edge, 0)
            if change:
                self._book(edge, change)

    def within(self, span: int, ends: int, by: Collection[Dimension]) -> Iterator[tuple[Key, str, int]]:
        """What each rate by these dimensions comes to in the last `span` seconds up to `ends`, if not 0."""
        begin, end = self._line(span, ends - span), self._line(0, ends)
        for key, rates in end.by_key.items():
            if key[0] in by:
                for name, (changes, moments) in rates.items():
                    until = changes * ends * MICROSECONDS - moments
                    amount = until - begin.until(key, name, (ends - span) * MICROSECONDS)
                    if amount:
                        yield key, name, amount

    def forget(self, floor: int) -> None:
        """Lets go of what was over at the second `floor`; no window may begin before it any more."""
        self._floor = floor
        for second in [second for second in self._cells if second <= floor]:
            self._before.add_all(self._cells.pop(second))
        self._reached = {back: known for back, known in self._reached.items() if known[0] >= floor}
        moment = floor * MICROSECONDS
        for name, edges in list(self._booked.items()):
            if not sum(edges.values()) and all(edge[2] <= moment for edge in edges):
                del self._booked[name]

    def _book(self, edge: Edge, change: int) -> None:
        key, name, moment = edge
        second = second_of(moment)
        line = self._before if second <= self._floor else self._cells[second]
        line.add(key, name, change, change * moment)
        for at, reached in self._reached.values():
            if second <= at:
                reached.add(key, name, change, change * moment)

    def _line(self, back: int, at: int) -> _Line:
        """The rates up to the second `at`. back: so far behind the end of windows, which goes on with time."""
        reached, line = self._reached.get(back, (at + 1, self._before))
        if reached > at:
            reached, line = self._floor, _Line()
            line.add_all(self._before)
        if at - reached < len(self._cells):
            passed = [second for second in range(reached + 1, at + 1) if second in self._cells]
        else:
            passed = [second for second in self._cells if reached < second <= at]
        for second in passed:
            line.add_all(self._cells[second])
        self._reached[back] = at, line
        return line
