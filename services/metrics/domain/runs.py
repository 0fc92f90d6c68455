"""Which quarters of an hour are summed together: those that are marked as changed, and those such a change reaches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import Row
from services.metrics.domain.presence import Presence
from services.metrics.domain.quarters import quarter_of, quarters_of_contact, quarters_of_presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A quarter that counts otherwise now, and those after it up to `until`. causes: the ids of late events."""

    quarter: int
    until: int
    causes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Quarters in a row, each of which at least one of the marks reaches."""

    quarters: range
    marks: Sequence[Mark]

    def causes_of(self, quarter: int) -> list[str]:
        """What changed the quarter."""
        return [cause for mark in self.marks if mark.quarter <= quarter <= mark.until for cause in mark.causes]

    def beyond(self) -> Mark | None:
        """What of the change lies behind the run; None if it ends within."""
        further = [mark for mark in self.marks if mark.until >= self.quarters.stop]
        if not further:
            return None
        causes = [cause for mark in further for cause in mark.causes]
        return Mark(quarter=self.quarters.stop, until=max(mark.until for mark in further), causes=causes)


def run_of(marks: Iterable[Mark], stop: int) -> Run:
    """The quarters from the first mark on that are reached without a gap, up to before `stop`."""
    ordered = sorted((mark for mark in marks if mark.quarter < stop), key=lambda mark: mark.quarter)
    reached, within = ordered[0].quarter, []
    for mark in ordered:
        if mark.quarter > reached + 1:
            break
        reached = max(reached, mark.until)
        within.append(mark)
    return Run(quarters=range(ordered[0].quarter, min(reached + 1, stop)), marks=within)


def rows_by_quarter(quarters: range, rows: Iterable[Row]) -> dict[int, list[Row]]:
    """The rows that count in each of the quarters, those that go on included."""
    found: dict[int, list[Row]] = {quarter: [] for quarter in quarters}
    for row in rows:
        if isinstance(row, Presence):
            counts = quarters_of_presence(row, quarters)
        elif isinstance(row, Contact):
            counts = quarters_of_contact(row)
            if row.phase is not None:
                counts.update(range(max(quarters.start, quarter_of(row.since + 1)), quarters.stop))
        else:
            counts = {quarter_of(moment) for _, moment, _ in row.bookings()}
        for quarter in counts & found.keys():
            found[quarter].append(row)
    return found
