"""What is said at the end: what was played, and whether the hub has all of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.simulation.live.audit import Finding
from deploy.local.simulation.live.view import span

_REASONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """seconds: how long it ran, real. handed, taken: by kind, what went to the hub and what it accepted.

    outcomes: counts by word. reasons: what went wrong, how often.
    """

    seed: int
    seconds: float
    speed: float
    handed: Mapping[str, int]
    taken: Mapping[str, int]
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]
    finding: Finding

    @property
    def good(self) -> bool:
        """Whether everything was accepted, everything accepted was found, and nothing else went wrong."""
        return self.handed == self.taken and self.finding.complete and not self.reasons

    @property
    def text(self) -> str:
        handed, taken, finding = sum(self.handed.values()), sum(self.taken.values()), self.finding
        lines = [
            f"Played {span(self.seconds)} at {self.speed:g}x with seed {self.seed}: {_counts(self.outcomes)}.",
            f"{_mark(handed == taken)} sent {handed}, accepted {taken}: {_counts(self.handed)}",
            f"{_mark(finding.complete)} {finding.timelines} timelines: {finding.sent} entries, {finding.found} found",
            *(f"    {problem}" for problem in finding.problems),
            f"{_mark(not self.reasons)} errors: {sum(self.reasons.values())}",
            *(f"    {count} x {reason}" for reason, count in _most(self.reasons)),
        ]
        return "\n".join(lines)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "nothing"


def _most(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda one: -one[1])[:_REASONS]


def _mark(good: bool) -> str:
    return "✓" if good else "✗"
