"""When customers get in touch: a Poisson process whose rate follows the time of day."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from deploy.local.simulation.chance import Chance

HOUR = 3_600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class DayShape:
    """How busy each full hour is, as a share of the busiest. Between full hours the share changes steadily."""

    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.shares) != 24 or max(self.shares) != 1.0 or min(self.shares) < 0.0:
            raise ValueError("A day needs 24 shares from 0 to 1, of which the busiest is 1.")

    def share(self, moment: float) -> float:
        """The share at `moment`, in seconds since any midnight."""
        hour, into = divmod(moment % DAY / HOUR, 1.0)
        begins, ends = self.shares[int(hour) % 24], self.shares[(int(hour) + 1) % 24]
        return begins + (ends - begins) * into

    def mean_share(self, begins: float, ends: float) -> float:
        """The mean share between two moments: exact, because the share is a line within each hour."""
        if ends <= begins:
            return self.share(begins)
        corners = [begins, *(HOUR * n for n in range(int(begins // HOUR) + 1, int(-(-ends // HOUR)))), ends]
        area = sum((self.share(one) + self.share(two)) / 2 * (two - one) for one, two in pairwise(corners))
        return area / (ends - begins)


OFFICE_DAY = DayShape(
    # from midnight: quiet nights, a peak before noon, a smaller one in the afternoon, an evening at home
    shares=(
        *(0.06, 0.04, 0.03, 0.03, 0.04, 0.08, 0.18, 0.38, 0.68, 0.90, 1.00, 0.98),
        *(0.80, 0.78, 0.88, 0.92, 0.86, 0.72, 0.55, 0.45, 0.38, 0.28, 0.18, 0.10),
    )
)


def arrivals(chance: Chance, shape: DayShape, peak: float, begins: float) -> Iterator[float]:
    """The moments of arrivals after `begins`, without end. peak: arrivals a second at the busiest time.

    By thinning (Lewis and Shedler, 1979): candidates come at the peak rate, and each stays with the share of its time.
    """
    moment = begins
    while True:
        moment += chance.expovariate(peak)
        if chance.random() < shape.share(moment):
            yield moment
