"""Sums of what happened: additive, so that any interval's figures are the sum of its parts' figures.

Every contact and ticket says what it books, under which name and at which moment of its own, however late that becomes
known. Sums are integers, so nothing drifts.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.metrics.domain.sketch import Bins, bin_of

Booking = tuple[str, int, int]
"""Under which name, when (microseconds since 1970), and how much."""

SPREAD = frozenset({"wait", "resolution", "resolution_business", "response", "response_business"})
"""Durations of which percentiles are told, too."""


@dataclass(slots=True, kw_only=True)
class Figures:
    """sums: by name; durations in microseconds. bins: of the durations in SPREAD, see sketch. longest: of those.
    revision: another one after each booking.
    """

    sums: Counter[str] = field(default_factory=Counter)
    bins: dict[str, Bins] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    revision: int = field(default=0, compare=False, repr=False)

    def copy(self) -> "Figures":
        """The same figures, to be changed apart from these."""
        return Figures(
            sums=self.sums.copy(),
            bins={name: bins.copy() for name, bins in self.bins.items()},
            longest=self.longest.copy(),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was booked, or all of it was taken back."""
        return not any(self.sums.values()) and not any(any(bins.values()) for bins in self.bins.values())

    def book(self, name: str, amount: int, times: int = 1) -> None:
        """Adds a booking, or takes it back (times -1). The longest is then up to the caller."""
        self.revision += 1
        self.sums[name] += amount * times
        if name in SPREAD:
            bins, number = self.bins.setdefault(name, {}), bin_of(amount)
            bins[number] = bins.get(number, 0) + times
            if not bins[number]:
                del bins[number]
            if amount > self.longest.get(name, -1):
                self.longest[name] = amount

    def add(self, other: "Figures") -> None:
        """Adds the other's sums to these."""
        self.revision += 1
        mine = self.sums
        for name, amount in other.sums.items():
            mine[name] += amount
        for name, counts in other.bins.items():
            bins = self.bins.setdefault(name, {})
            for number, count in counts.items():
                bins[number] = bins.get(number, 0) + count
        for name, longest in other.longest.items():
            self.longest[name] = max(self.longest.get(name, 0), longest)


def summed(parts: Iterable[Figures]) -> Figures:
    """All of them together."""
    total = Figures()
    for part in parts:
        total.add(part)
    return total
