"""What the simulation did and what the hub said to it: the source of the board's counters and of the last check."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["mail", "chat message", "chat", "call", "post", "order", "identification", "reply"]
"""What was handed to the hub. `chat` and `call` stand for each of their events: a beginning, an answer, an end."""

Track = tuple[str, str]
"""An identity and a direction (`inbound`, `outbound`): whose timeline has entries of whom."""

_REMEMBERED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """at: the model's time. who: a customer, an agent or the hub."""

    at: float
    who: str
    what: str


@dataclass(slots=True)
class Ledger:
    """handed: everything that was handed to the hub; taken: what it accepted; troubles: everything that went wrong.

    expected: how many timeline entries the accepted events must have made.
    """

    now: Callable[[], float]
    handed: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    expected: defaultdict[Track, int] = field(default_factory=lambda: defaultdict(int))
    outcomes: Counter[str] = field(default_factory=Counter)
    troubles: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    happenings: deque[Happening] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def hand(self, kind: Kind) -> None:
        """Something is on its way to the hub."""
        self.handed[kind] += 1

    def take(self, kind: Kind, identity: str) -> None:
        """The hub accepted it, so it must be on the timeline of `identity`: a reply as the hub's own, all else as the
        customer's."""
        self.taken[kind] += 1
        self.expected[identity, "outbound" if kind == "reply" else "inbound"] += 1

    def note(self, who: str, what: str) -> None:
        """Something worth showing happened."""
        self.happenings.append(Happening(at=self.now(), who=who, what=what))

    def trouble(self, who: str, reason: str) -> None:
        """Something that should have worked did not."""
        self.troubles += 1
        self.reasons[reason] = self.reasons.pop(reason, 0) + 1  # the last one stands last
        self.note(who, f"trouble: {reason}")

    @property
    def last_trouble(self) -> str | None:
        """The reason that came last, if there is any."""
        return next(reversed(self.reasons), None)
