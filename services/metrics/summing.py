"""Adding up the figures of quarters as they stand in their documents, which takes a third of the time."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from services.metrics.domain.figures import Figures
from shared.mongo import Document


class Sum:
    """Figures of quarters. revision: of all of them together."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter()
        self.revision = 0
        self._bins: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._longest: dict[str, int] = {}

    def add(self, told: Mapping[str, Any]) -> None:
        """A quarter's part of a document."""
        self.revision += told["revision"]
        self.add_sums(told["sums"])
        self.add_spread(told)

    def add_spread(self, told: Mapping[str, Any]) -> None:
        """What percentiles are told of, alone."""
        for name, counts in told["bins"].items():
            bins = self._bins[name]
            for number, count in counts.items():
                bins[number] += count
        for name, longest in told["longest"].items():
            self._longest[name] = max(self._longest.get(name, 0), longest)

    def add_sums(self, more: Mapping[str, int]) -> None:
        """Sums alone."""
        sums = self.sums
        for name, amount in more.items():
            sums[name] = sums.get(name, 0) + amount

    def figures(self) -> Figures:
        """What they come to."""
        return figures_in({"sums": self.sums, "bins": self._bins, "longest": self._longest})


def figures_in(told: Mapping[str, Any]) -> Figures:
    """The figures that a quarter's part of a document holds."""
    figures = Figures(longest=dict(told["longest"]))
    figures.sums.update(told["sums"])
    figures.bins = {name: {int(number): count for number, count in bins.items()} for name, bins in told["bins"].items()}
    return figures


def figures_document(figures: Figures) -> Document:
    """How figures stand in a document."""
    return {
        "sums": {name: amount for name, amount in sorted(figures.sums.items()) if amount},
        "bins": {
            name: {str(number): bins[number] for number in sorted(bins)} for name, bins in sorted(figures.bins.items())
        },
        "longest": dict(sorted(figures.longest.items())),
    }
