"""From figures to what is told: an item for everything, or for each queue, channel, agent …"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.metrics.domain.backlog import Backlog
from services.metrics.domain.dimensions import ALL, Key
from services.metrics.domain.estimate import estimated_wait
from services.metrics.domain.figures import Figures, summed
from services.metrics.domain.measures import Measures
from services.metrics.domain.now import Line
from services.metrics.domain.windows import MICROSECONDS
from shared.contracts.agents import AgentStatus
from shared.contracts.kpis import KpiGrouping, KpiItem, Kpis, Target, TargetState

_NOTHING = Figures()


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All that the items of a measurement are made of. lasting: what lasted, where `groups` do not hold that as well.
    lines: who waits; backlog: tickets that are not resolved. pace: the figures of the last PACE_SECONDS. moment: now,
    in microseconds since 1970.
    """

    groups: Mapping[Key, Figures]
    lasting: Mapping[Key, Figures] = field(default_factory=dict)
    lines: Mapping[Key, Line] = field(default_factory=dict)
    backlog: Mapping[Key, Backlog] = field(default_factory=dict)
    pace: Mapping[Key, Figures] = field(default_factory=dict)
    agents: dict[AgentStatus, int] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    moment: int

    def items(self, by: KpiGrouping, measures: Measures) -> Iterator[KpiItem]:
        """One item a key, by key: if something happened or lasted in the window, somebody waits, a ticket is not
        resolved, or the queue has a target. Everything is always there.
        """
        if by == "all":
            yield self._item(ALL, measures)
            return
        parts = (self.groups, self.lasting, self.lines, self.backlog)
        keys = {key for part in parts for key in part if key[0] == by}
        if by == "queue":
            keys.update(("queue", queue) for queue in self.targets)
        for key in sorted(keys):
            yield self._item(key, measures)

    def _item(self, key: Key, measures: Measures) -> KpiItem:
        dimension, value = key
        figures, lasting, choice = self.groups.get(key, _NOTHING), self.lasting.get(key), measures.choice
        kpis = Kpis(**self._now(key), **measures.of(key, figures, lasting))
        target = self.targets.get(value) if dimension == "queue" else None
        return KpiItem(
            key={} if key == ALL else {dimension: value},
            kpis=kpis,
            target=judge(kpis, target) if target else None,
            also=choice.compare(summed((figures, lasting)) if lasting else figures) if choice.beside else None,
            provisional=choice.provisional([(self.moment, figures)], self.moment),
        )

    def _now(self, key: Key) -> dict[str, Any]:
        line, backlog = self.lines.get(key), self.backlog.get(key)
        return {
            "waiting": line.count if line else 0,
            "oldest_wait": max(0, self.moment - line.oldest) / MICROSECONDS if line else None,
            "estimated_wait": self._estimated_wait(key) if key[0] == "queue" else None,
            "backlog": len(backlog) if backlog else 0,
            "backlog_by_age": backlog.by_age(self.moment) if backlog else None,
            "agents": self.agents if key == ALL else None,
        }

    def _estimated_wait(self, key: Key) -> float | None:
        line, pace = self.lines.get(key), self.pace.get(key)
        return estimated_wait(line.count if line else 0, pace.sums["answered"] if pace else 0)


def judge(kpis: Kpis, target: Target) -> TargetState:
    """The target with whether the figures meet all of it; None while a figure it speaks of has no denominator."""
    verdicts = [_reached(kpis.service_level, target.service_level, at_least=True)]
    if target.abandon_rate is not None:
        verdicts.append(_reached(kpis.abandon_rate, target.abandon_rate, at_least=False))
    if target.average_speed_of_answer is not None:
        verdicts.append(_reached(kpis.average_speed_of_answer, target.average_speed_of_answer, at_least=False))
    return TargetState(
        service_level=target.service_level,
        threshold_s=target.threshold_s,
        abandon_rate=target.abandon_rate,
        average_speed_of_answer=target.average_speed_of_answer,
        met=False if False in verdicts else None if None in verdicts else True,
    )


def _reached(figure: float | None, aim: float, *, at_least: bool) -> bool | None:
    if figure is None:
        return None
    return figure >= aim if at_least else figure <= aim
