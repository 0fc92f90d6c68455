"""The figures of the last while, second by second, and of the windows that end now; exact as rows change.

    row changes ──► what it booked is taken back, what it books now is added ──► seconds ──► windows

A window's sums are kept as time goes on: the second that comes is added, the one that leaves is taken away. So what
they cost follows from what happens, not from how long the windows are. A second keeps what each row booked in it as it
was booked, which takes a twentieth of what figures by key would.
"""

from collections.abc import Iterator, Mapping

from services.metrics.domain.dimensions import Key, Row, keyed
from services.metrics.domain.figures import SPREAD, Figures
from services.metrics.domain.peaks import Peak
from services.metrics.domain.windows import second_of

Groups = dict[Key, Figures]
"""Figures by what they are of."""

Entry = tuple[tuple[Key, ...], tuple[tuple[str, int], ...]]
"""What a row books in a second: what for, and names with amounts."""

Entries = tuple[Entry, ...]
Seconds = dict[int, dict[str, Entries]]
"""By second, and by the row's name: second s is (s - 1, s]."""


class Window:
    """The last `span` seconds, up to and with the second `ends`."""

    def __init__(self, seconds: Seconds, span: int, ends: int) -> None:
        self.span = span
        self.ends = ends
        self._seconds = seconds
        self._totals: Groups = {}
        self._peaks: dict[tuple[Key, str], Peak] = {}
        self._left: set[tuple[Key, str]] = set()
        self._unsure: set[tuple[Key, str]] = set()
        for second in sorted(seconds):
            if self._holds(second):
                self._come(second)

    def go_on(self, ends: int) -> None:
        """Moves the end; costs what the seconds that come and go hold."""
        for second in range(self.ends + 1, ends + 1):
            self._come(second)
        for second in range(self.ends - self.span + 1, ends - self.span + 1):
            for entries in self._seconds.get(second, {}).values():
                self._take_away(entries)
        self.ends = ends

    def add(self, second: int, entries: Entries) -> None:
        """A second has got this."""
        if self._holds(second):
            self._add(second, entries)

    def take_back(self, second: int, entries: Entries) -> None:
        """A second has lost this."""
        if self._holds(second):
            self._take_away(entries)
            for key, name, amount in _spread(entries):
                peak = self._peaks.get((key, name))
                if peak is not None and not peak.tells_without(second, amount):
                    self._unsure.add((key, name))

    def groups(self) -> Mapping[Key, Figures]:
        """The figures; those of which nothing is left are left out."""
        if self._unsure:
            self._look_again()
        for key, name in self._left:
            self._tell_longest(key, name)
        self._left.clear()
        return self._totals

    def _holds(self, second: int) -> bool:
        return self.ends - self.span < second <= self.ends

    def _come(self, second: int) -> None:
        for entries in self._seconds.get(second, {}).values():
            self._add(second, entries)

    def _add(self, second: int, entries: Entries) -> None:
        totals = self._totals
        for keys, booked in entries:
            for key in keys:
                total = totals.get(key)
                if total is None:
                    total = totals[key] = Figures()
                for name, amount in booked:
                    total.book(name, amount)
        for key, name, amount in _spread(entries):
            peak = self._peaks.get((key, name))
            if peak is None:
                peak = self._peaks[key, name] = Peak()
            peak.add(second, amount)

    def _take_away(self, entries: Entries) -> None:
        totals = self._totals
        for keys, booked in entries:
            for key in keys:
                total = totals.get(key)
                if total is None:  # nothing is left of sums that made each other up
                    total = totals[key] = Figures()
                for name, amount in booked:
                    total.book(name, amount, -1)
                    if total.longest.get(name) == amount:
                        self._left.add((key, name))
                if total.is_empty:
                    del totals[key]

    def _tell_longest(self, key: Key, name: str) -> None:
        longest = self._peaks[key, name].longest(self.ends - self.span)
        if longest is None:
            del self._peaks[key, name]
        total = self._totals.get(key)
        if total is None:
            return
        if longest is None:
            total.longest.pop(name, None)
        else:
            total.longest[name] = longest

    def _look_again(self) -> None:
        """What was taken back may have hidden others; the seconds tell."""
        for of_what in self._unsure:
            self._peaks[of_what] = Peak()
        for second in range(self.ends - self.span + 1, self.ends + 1):
            for entries in self._seconds.get(second, {}).values():
                for key, name, amount in _spread(entries):
                    if (key, name) in self._unsure:
                        self._peaks[key, name].add(second, amount)
        self._left |= self._unsure
        self._unsure.clear()


class Recent:
    """What rows booked lately, and the figures by second after `floor`."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self._seconds: Seconds = {}
        self._booked: dict[str, tuple[int, ...]] = {}
        self._windows: dict[int, Window] = {}
        self._keys: dict[tuple[Key, ...], tuple[Key, ...]] = {}

    def put(self, name: str, row: Row) -> None:
        """The row is new, or another one now. What it books as before stays."""
        booked = self._entries(row)
        after = dict(booked)
        for second in self._booked.pop(name, ()):
            if second > self.floor:
                before = self._seconds[second][name]
                if booked.get(second) == before:
                    del after[second]
                else:
                    self._take_back(second, name)
        for second, entries in after.items():
            self._seconds.setdefault(second, {})[name] = entries
            for window in self._windows.values():
                window.add(second, entries)
        if booked:
            self._booked[name] = tuple(booked)

    def window(self, span: int, ends: int) -> Mapping[Key, Figures]:
        """The figures of the last `span` seconds up to `ends`."""
        window = self._windows.get(span)
        if window is None or ends < window.ends or ends - window.ends > window.span:
            window = self._windows[span] = Window(self._seconds, span, ends)
        window.go_on(ends)
        return window.groups()

    def forget(self, floor: int) -> None:
        """Lets go of what is before the second `floor`; no question's window will begin earlier. Windows that hold some
        of it go on past it first, since they could not take it away later.
        """
        self.floor = floor
        for window in self._windows.values():
            window.go_on(max(window.ends, floor + window.span))
        for second in [second for second in self._seconds if second <= floor]:
            for name in self._seconds.pop(second):
                if all(booked <= floor for booked in self._booked.get(name, ())):
                    self._booked.pop(name, None)
        self._keys = {}

    def _take_back(self, second: int, name: str) -> None:
        rows = self._seconds[second]
        entries = rows.pop(name)
        if not rows:
            del self._seconds[second]
        for window in self._windows.values():
            window.take_back(second, entries)

    def _entries(self, row: Row) -> dict[int, Entries]:
        by_second: dict[int, dict[tuple[Key, ...], list[tuple[str, int]]]] = {}
        for (name, moment, amount), keys in keyed(row):
            second = second_of(moment)
            if second > self.floor:
                # Many rows count for the same keys, so those are held once.
                of_these = tuple(keys)
                of_these = self._keys.setdefault(of_these, of_these)
                by_second.setdefault(second, {}).setdefault(of_these, []).append((name, amount))
        return {
            second: tuple((keys, tuple(booked)) for keys, booked in entries.items())
            for second, entries in by_second.items()
        }


def _spread(entries: Entries) -> Iterator[tuple[Key, str, int]]:
    """The durations among them of which the longest is told, by what for."""
    for keys, booked in entries:
        for name, amount in booked:
            if name in SPREAD:
                for key in keys:
                    yield key, name, amount
