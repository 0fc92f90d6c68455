"""What the board shows at one moment, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.local.simulation.live.ledger import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiRow:
    """The hub's figures of one queue, or of all. Shares from 0 to 1, durations in real seconds, None for no figure yet.

    met: whether the queue's target is met, None without one.
    """

    name: str
    waiting: int
    offered: int
    answered: int
    abandoned: int
    service_level: float | None
    speed_of_answer: float | None
    handle_time: float | None
    met: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """An agent as the hub tells it. hand: the channels of its contacts, None for an offer it has not taken."""

    name: str
    status: str
    hand: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """time: the model's, in seconds since midnight. rate: contacts a minute asked for now. left: real seconds.

    closing: nobody new comes, who is there finishes."""

    time: float
    speed: float
    seed: int
    rate: float
    left: float
    closing: bool
    total: KpiRow | None
    queues: Sequence[KpiRow]
    agents: Sequence[AgentRow]
    happenings: Sequence[Happening]
    handed: int
    taken: int
    by_kind: Mapping[str, int]
    troubles: int
    last_trouble: str | None
    ways: str


def clock(seconds: float) -> str:
    """Seconds since midnight as 14:05."""
    minutes = int(seconds // 60) % 1_440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def span(seconds: float | None) -> str:
    """A duration as people read it: 4.2 s, 3:05, or a dash for none."""
    if seconds is None:
        return "-"
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def share(part: float | None) -> str:
    """A share as a percentage, or a dash for none."""
    return "-" if part is None else f"{part * 100:.0f} %"
