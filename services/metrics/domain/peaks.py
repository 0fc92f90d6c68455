"""The longest of a window that moves on, without looking at all that is in it.

Of what was booked only that matters to which nothing as long came later: what came before it leaves the window earlier.
So a peak remembers few of them, the longest first, and what is next is there when that one leaves.
"""

from bisect import bisect_right
from operator import itemgetter

_second = itemgetter(0)


class Peak:
    """Seconds with amounts: each later one is shorter."""

    __slots__ = ("_course",)

    def __init__(self) -> None:
        self._course: list[tuple[int, int]] = []

    def add(self, second: int, amount: int) -> None:
        """It was booked in that second, however late that becomes known."""
        course = self._course
        after = bisect_right(course, second, key=_second)
        if after < len(course) and course[after][1] >= amount:
            return
        before = after
        while before and course[before - 1][1] <= amount:
            before -= 1
        if before == after and before and course[before - 1][0] == second:
            return
        course[before:after] = [(second, amount)]

    def tells_without(self, second: int, amount: int) -> bool:
        """Whether the longest is known after this was taken back; else all has to be added anew."""
        return (second, amount) not in self._course

    def longest(self, after: int) -> int | None:
        """The longest after that second; what is not after it is forgotten. None if nothing is left."""
        course = self._course
        gone = bisect_right(course, after, key=_second)
        if gone:
            del course[:gone]
        return course[0][1] if course else None
