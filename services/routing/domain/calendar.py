"""When a queue is open, and how much open time lies between two moments.

Hours are those of the clock on the wall. A time of day stands for the first moment at which that clock shows it or a
later one: where the clock is put back, the first of the two; where it is put forward past it, the moment of the jump.
What lies between two moments is real time, so a day on which the clock changes has an hour more or less.

Open periods are worked out in blocks of four weeks, each when it is first asked for, so a question costs a search in
one block. Before 1970 and after 2099 nothing is open.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Span = tuple[int, int]
"""Begin and end in minutes since midnight, on the clock on the wall; 1440 is the midnight at the end of the day."""

FIRST_YEAR, LAST_YEAR = 1970, 2099

_Period = tuple[int, int]
"""Begin and end in microseconds since 1970."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WHOLE_DAY = 24 * 60
_SECOND = 1_000_000
_MINUTE, _DAY = 60 * _SECOND, 86_400 * _SECOND
_BLOCK_DAYS = 28
_BLOCK = _BLOCK_DAYS * _DAY
_FIRST = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_YEAR = 366 * _DAY


@dataclass(slots=True)
class _Block:
    """The open periods of four weeks, in microseconds since 1970. through: open time up to the end of each."""

    begins: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    through: list[int] = field(default_factory=list)

    def add(self, begins: int, ends: int) -> None:
        """Adds a period behind the others; one that touches the last makes it longer."""
        if self.ends and self.ends[-1] == begins:
            self.ends[-1] = ends
            self.through[-1] += ends - begins
        else:
            self.begins.append(begins)
            self.ends.append(ends)
            self.through.append(self.total + ends - begins)

    @property
    def total(self) -> int:
        return self.through[-1] if self.through else 0

    def until(self, moment: int) -> int:
        """Open time of the block that lies before the moment."""
        place = bisect_right(self.begins, moment) - 1
        return 0 if place < 0 else self.through[place] - max(0, self.ends[place] - moment)

    def reached(self, open_time: int) -> int:
        """The first moment before which so much open time lies: more than none, and at most the total."""
        place = bisect_left(self.through, open_time)
        return self.ends[place] - (self.through[place] - open_time)


class Calendar:
    """Opening hours of a time zone. week: spans by weekday (0: Monday), in order and without overlap; a day that is not
    there is closed. dates: what holds instead on these days.
    """

    __slots__ = ("_blocks", "_dates", "_week", "_zone")

    def __init__(
        self, zone: ZoneInfo, week: Mapping[int, Sequence[Span]], dates: Mapping[date, Sequence[Span]]
    ) -> None:
        self._zone = zone
        self._week = week
        self._dates = dates
        self._blocks: dict[int, _Block] = {}

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at the moment; the end of a span no longer belongs to it."""
        moment = _micros(at)
        block = self._block(moment // _BLOCK)
        place = bisect_right(block.begins, moment) - 1
        return place >= 0 and moment < block.ends[place]

    def next_opening(self, at: datetime) -> datetime | None:
        """`at` itself if it is open then, else when it opens next; None if that is after 2099."""
        period = self._next_period(_micros(at))
        return None if period is None else _moment(period[0])

    def next_closing(self, at: datetime) -> datetime | None:
        """When the open time ends in which `at` lies, or which comes next; None if it has no end within a year."""
        moment = _micros(at)
        period = self._next_period(moment)
        while period is not None and period[1] % _BLOCK == 0 and period[1] < moment + _YEAR:
            following = self._next_period(period[1])
            if following is None or following[0] != period[1]:
                break
            period = following
        return None if period is None or period[1] >= moment + _YEAR else _moment(period[1])

    def business_seconds(self, begins: datetime, ends: datetime) -> float:
        """How many seconds it is open between the two moments; 0 if `ends` is not after `begins`."""
        first, last = max(_micros(begins), _FIRST), min(_micros(ends), _LAST)
        if last <= first:
            return 0.0
        one, other = first // _BLOCK, last // _BLOCK
        between = sum(self._block(number).total for number in range(one, other))
        return (between + self._block(other).until(last) - self._block(one).until(first)) / _SECOND

    def after(self, at: datetime, seconds: float) -> datetime | None:
        """The first moment by which it has been open for so many seconds since `at`; None if that is after 2099.

        So it is never the opening after a night if the evening before was enough, and `at` itself for no seconds.
        """
        wanted, moment = round(seconds * _SECOND), max(_micros(at), _FIRST)
        if wanted <= 0:
            return at
        number = moment // _BLOCK
        wanted += self._block(number).until(moment)
        while wanted > (total := self._block(number).total):
            wanted -= total
            number += 1
            if number * _BLOCK >= _LAST:
                return None
        return _moment(self._block(number).reached(wanted))

    def _next_period(self, moment: int) -> _Period | None:
        """The open period in which the moment lies, from there, or the next one; as far as its block goes."""
        moment = max(moment, _FIRST)
        for number in range(moment // _BLOCK, _LAST // _BLOCK + 1):
            block = self._block(number)
            place = bisect_right(block.ends, moment)
            if place < len(block.ends):
                return max(moment, block.begins[place]), block.ends[place]
        return None

    def _block(self, number: int) -> _Block:
        return self._blocks.get(number) or self._add_block(number)

    def _add_block(self, number: int) -> _Block:
        block = _Block()
        first, last = max(number * _BLOCK, _FIRST), min((number + 1) * _BLOCK, _LAST)
        if first >= last:
            return block
        for opens, closes in self._periods(number):
            begins, ends = max(opens, first), min(closes, last)
            if begins < ends:
                block.add(begins, ends)
        self._blocks[number] = block
        return block

    def _periods(self, number: int) -> Iterator[_Period]:
        """The spans of every day that may lie in the block, wherever on earth."""
        tomorrow = date(1970, 1, 1) + timedelta(days=number * _BLOCK_DAYS - 1)
        ends = self._first_showing(tomorrow, 0)
        for _ in range(_BLOCK_DAYS + 2):
            day, begins = tomorrow, ends
            tomorrow += timedelta(days=1)
            ends = self._first_showing(tomorrow, 0)
            spans = self._dates.get(day)
            for opens, closes in self._week.get(day.weekday(), ()) if spans is None else spans:
                if ends - begins == _DAY:  # the clock is not set that day
                    yield begins + opens * _MINUTE, begins + closes * _MINUTE
                else:
                    yield self._first_showing(day, opens), self._first_showing(day, closes)

    def _first_showing(self, day: date, minutes: int) -> int:
        if minutes == _WHOLE_DAY:
            day, minutes = day + timedelta(days=1), 0
        clock = (day.year, day.month, day.day, minutes // 60, minutes % 60)
        one = int(datetime(*clock, tzinfo=self._zone).timestamp())
        other = int(datetime(*clock, tzinfo=self._zone, fold=1).timestamp())  # differs where the clock is set
        return (one if one <= other else self._jump(other, one)) * _SECOND

    def _jump(self, early: int, late: int) -> int:
        """The second after `early`, at `late` at the latest, at which the clock is put forward."""
        before = self._offset(early)
        return early + bisect_left(range(early, late), True, key=lambda second: self._offset(second) != before)

    def _offset(self, second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, self._zone).utcoffset()


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
