"""The figures of the last while, second by second, and of the windows that end now; exact as rows change.

    row changes ──► what it booked is taken back, what it books now is added ──► cells (second, key) ──► windows

A window's sums are kept as time goes on: the second that comes is added, the one that leaves is taken away. So what
they cost follows from what happens, not from how long the windows are.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping

from services.metrics.domain.dimensions import Key, Row, keyed
from services.metrics.domain.figures import Figures
from services.metrics.domain.windows import second_of

Groups = dict[Key, Figures]
"""Figures by what they are of."""

Cells = dict[int, Groups]
"""By second: second s is (s - 1, s]."""


class Window:
    """The last `span` seconds, up to and with the second `ends`."""

    def __init__(self, cells: Cells, span: int, ends: int) -> None:
        self.span = span
        self.ends = ends
        self._cells = cells
        self._totals: defaultdict[Key, Figures] = defaultdict(Figures)
        self._unsure: set[tuple[Key, str]] = set()
        for second, groups in cells.items():
            if self._holds(second):
                self._add(groups)

    def go_on(self, ends: int) -> None:
        """Moves the end; costs what the seconds that come and go hold."""
        for second in range(self.ends + 1, ends + 1):
            self._add(self._cells.get(second, {}))
        for second in range(self.ends - self.span + 1, ends - self.span + 1):
            self._take_away(self._cells.get(second, {}))
        self.ends = ends

    def book(self, second: int, key: Key, name: str, amount: int, times: int) -> None:
        """A booking that a cell has got (times 1) or lost (times -1)."""
        if not self._holds(second):
            return
        self._totals[key].book(name, amount, times)
        if times < 0:
            self._unsure.add((key, name))

    def groups(self) -> Mapping[Key, Figures]:
        """The figures; those of which nothing is left are left out."""
        for key, name in self._unsure:
            self._look_for_longest(key, name)
        self._unsure.clear()
        return self._totals

    def _holds(self, second: int) -> bool:
        return self.ends - self.span < second <= self.ends

    def _add(self, groups: Groups) -> None:
        for key, figures in groups.items():
            self._totals[key].add(figures)

    def _take_away(self, groups: Groups) -> None:
        for key, figures in groups.items():
            total = self._totals[key]
            total.take_away(figures)
            if total.is_empty:
                del self._totals[key]
            self._unsure.update((key, name) for name in figures.longest)

    def _look_for_longest(self, key: Key, name: str) -> None:
        total = self._totals.get(key)
        if total is None or name not in total.longest:
            return
        inside = [
            figures.longest[name]
            for second, groups in self._cells.items()
            if self._holds(second) and (figures := groups.get(key)) and name in figures.longest
        ]
        if inside:
            total.longest[name] = max(inside)
        else:
            del total.longest[name]


class Recent:
    """What rows booked lately, and the figures by second after `floor`."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self._cells: Cells = {}
        self._booked: dict[str, list[tuple[int, Key, str, int]]] = {}
        self._windows: dict[int, Window] = {}

    def put(self, name: str, row: Row) -> None:
        """The row is new, or another one now. What it goes on to book is left alone."""
        booked: list[tuple[int, Key, str, int]] = []
        for (what, moment, amount), keys in keyed(row):
            second = second_of(moment)
            if second > self.floor:
                booked += [(second, key, what, amount) for key in keys]
        before = self._booked.get(name, [])
        if booked:
            self._booked[name] = booked
        else:
            self._booked.pop(name, None)
        gone, come = Counter(before), Counter(booked)
        for changes, times in ((gone - come, -1), (come - gone, 1)):
            for (second, key, what, amount), often in changes.items():
                self._book(second, key, what, amount, times * often)

    def window(self, span: int, ends: int) -> Mapping[Key, Figures]:
        """The figures of the last `span` seconds up to `ends`."""
        window = self._windows.get(span)
        if window is None or ends < window.ends or ends - window.ends > window.span:
            window = self._windows[span] = Window(self._cells, span, ends)
        window.go_on(ends)
        return window.groups()

    def forget(self, floor: int) -> None:
        """Lets go of what is before the second `floor`; no window may reach there any more."""
        self.floor = floor
        for second in [second for second in self._cells if second <= floor]:
            del self._cells[second]
        for name, booked in list(self._booked.items()):
            left = [booking for booking in booked if booking[0] > floor]
            if left:
                self._booked[name] = left
            else:
                del self._booked[name]

    def _book(self, second: int, key: Key, name: str, amount: int, times: int) -> None:
        if second <= self.floor:
            return
        groups = self._cells.setdefault(second, {})
        figures = groups.setdefault(key, Figures())
        figures.book(name, amount, times)
        if times < 0:
            self._mend_longest(figures, second, key, name)
        if figures.is_empty:
            del groups[key]
        for window in self._windows.values():
            window.book(second, key, name, amount, times)

    def _mend_longest(self, figures: Figures, second: int, key: Key, name: str) -> None:
        """What was taken back may have been the longest of its second; the rows tell which is now."""
        if name not in figures.longest:
            return
        left = [
            amount
            for booked in self._booked.values()
            for at, of, what, amount in booked
            if at == second and of == key and what == name
        ]
        if left:
            figures.longest[name] = max(left)
        else:
            del figures.longest[name]
