"""From the figures of seconds to the figures of a window, for everything, by queue and by channel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, assert_never

from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import Now, judge, measure
from services.metrics.domain.lines import Line
from shared.contracts.agents import AgentStatus
from shared.contracts.kpis import KpiGrouping, KpiItem, ServiceLevel, Target

Key = tuple[tuple[Literal["queue", "channel"], str], ...]
"""An item's key: (), (("queue", "sales"),) or (("channel", "chat"),)."""


@dataclass(slots=True, kw_only=True)
class Minute:
    """One partition's figures of one minute, queue and channel. seconds: by second since 1970."""

    begins: int
    queue: str
    channel: str
    seconds: Mapping[int, Figures]
    _total: Figures | None = None

    def within(self, after: int, ends: int) -> Figures | None:
        """The figures of its seconds in (after, ends]; None if there are none."""
        if after <= self.begins and self.begins + 60 <= ends:
            if self._total is None:
                self._total = _sum(self.seconds.values())
            return self._total
        inside = [figures for second, figures in self.seconds.items() if after < second <= ends]
        return _sum(inside) if inside else None


Groups = dict[tuple[str, str], Figures]
"""Figures by queue and channel."""


def sum_window(minutes: Iterable[Minute], span: int, ends: int) -> Groups:
    """The figures of the window (ends - span, ends], in seconds, by queue and channel."""
    groups: Groups = {}
    for minute in minutes:
        figures = minute.within(ends - span, ends)
        if figures is not None:
            groups.setdefault((minute.queue, minute.channel), Figures()).add(figures)
    return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All that the items of a measurement are made of. moment: now, in microseconds since 1970."""

    groups: Groups
    lines: tuple[Line, ...] = ()
    agents: dict[AgentStatus, int] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    moment: int

    def items(self, by: KpiGrouping, definition: ServiceLevel) -> tuple[KpiItem, ...]:
        """One item a key, by key. A queue is there if something happened in the window, somebody waits or it has a
        target; a channel if something happened or somebody waits; everything is always there.
        """
        figures: dict[Key, Figures] = {key: Figures() for key in self._always(by)}
        lines: dict[Key, list[Line]] = {}
        for (queue, channel), sums in self.groups.items():
            figures.setdefault(_key(by, queue, channel), Figures()).add(sums)
        for line in self.lines:
            lines.setdefault(_key(by, line.queue, line.channel), []).append(line)
        keys = sorted({*figures, *lines})
        return tuple(self._item(key, figures.get(key, Figures()), lines.get(key, []), definition) for key in keys)

    def _always(self, by: KpiGrouping) -> list[Key]:
        match by:
            case "all":
                return [()]
            case "queue":
                return [(("queue", queue),) for queue in self.targets]
            case "channel":
                return []
            case _:
                assert_never(by)

    def _item(self, key: Key, figures: Figures, lines: list[Line], definition: ServiceLevel) -> KpiItem:
        now = Now(
            moment=self.moment,
            waiting=sum(line.count for line in lines),
            oldest=min((line.oldest for line in lines), default=None),
            agents=None if key else self.agents,
        )
        kpis = measure(figures, now, definition)
        names = dict(key)
        target = self.targets.get(names.get("queue", ""))
        return KpiItem(key=names, kpis=kpis, target=judge(kpis, target) if target else None)


def _key(by: KpiGrouping, queue: str, channel: str) -> Key:
    match by:
        case "all":
            return ()
        case "queue":
            return (("queue", queue),)
        case "channel":
            return (("channel", channel),)
        case _:
            assert_never(by)


def _sum(figures: Iterable[Figures]) -> Figures:
    total = Figures()
    for one in figures:
        total.add(one)
    return total
