"""The formulas of the KPIs, each with its source; docs/kpis.md shows them to users.

Sources: the Amazon Connect administrator guide (metric definitions), the Genesys Cloud resource centre (configure the
service level calculation; handle time at completion), Talkdesk (contacts without short abandons), ISO 18295-1.
A ratio or mean of nothing is None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from services.metrics.domain.figures import Figures
from services.metrics.domain.windows import MICROSECONDS
from shared.contracts.agents import AgentStatus
from shared.contracts.kpis import Kpis, ServiceLevel, Target, TargetState


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What is so at this moment. oldest: since when the longest-waiting contact waits, in microseconds since 1970."""

    moment: int
    waiting: int = 0
    oldest: int | None = None
    agents: dict[AgentStatus, int] | None = None


def service_level(figures: Figures, definition: ServiceLevel) -> float | None:
    """The share of contacts served within the queue's threshold T.

    `answered`, `strict`, `strict-less-short`: answered with wait ≤ T over answered; over answered and abandoned; over
    answered and abandoned without short ones (Genesys Cloud's three denominators, Talkdesk). `removed`: left the queue
    in any way with wait ≤ T over offered, by the time of entering (Amazon Connect).
    """
    match definition:
        case "answered":
            return _ratio(figures.answered_in_time, figures.answered)
        case "strict":
            return _ratio(figures.answered_in_time, figures.answered + figures.abandoned)
        case "strict-less-short":
            lasting = figures.abandoned - figures.abandoned_short
            return _ratio(figures.answered_in_time, figures.answered + lasting)
        case "removed":
            return _ratio(figures.left_in_time, figures.offered)
        case _:
            assert_never(definition)


def abandon_rate(figures: Figures) -> float | None:
    """Abandoned over answered and abandoned, by the time of leaving the queue (ISO 18295-1)."""
    return _ratio(figures.abandoned, figures.answered + figures.abandoned)


def average_speed_of_answer(figures: Figures) -> float | None:
    """The mean wait of answered contacts in seconds, by the time of acceptance (ISO 18295-1)."""
    return _ratio(sum(figures.waits), figures.answered * MICROSECONDS)


def percentile(ordered: Sequence[int], percent: int) -> float | None:
    """The nearest-rank percentile in seconds: the smallest wait that `percent` of all waits do not exceed."""
    if not ordered:
        return None
    return ordered[-(-percent * len(ordered) // 100) - 1] / MICROSECONDS


def average_handle_time(figures: Figures) -> float | None:
    """The mean of talk + hold + wrap-up in seconds, whole in the interval of completion (Genesys Cloud)."""
    return _ratio(_handle_time(figures), figures.handled * MICROSECONDS)


def measure(figures: Figures, now: Now, definition: ServiceLevel) -> Kpis:
    """All figures of one key."""
    waits = sorted(figures.waits)
    return Kpis(
        offered=figures.offered,
        answered=figures.answered,
        answered_in_time=figures.answered_in_time,
        abandoned=figures.abandoned,
        abandoned_short=figures.abandoned_short,
        abandon_rate=abandon_rate(figures),
        service_level=service_level(figures, definition),
        average_speed_of_answer=average_speed_of_answer(figures),
        median_speed_of_answer=percentile(waits, 50),
        p90_speed_of_answer=percentile(waits, 90),
        p95_speed_of_answer=percentile(waits, 95),
        p99_speed_of_answer=percentile(waits, 99),
        longest_speed_of_answer=percentile(waits, 100),
        handled=figures.handled,
        handle_time=_handle_time(figures) / MICROSECONDS,
        talk_time=figures.talk / MICROSECONDS,
        hold_time=figures.hold / MICROSECONDS,
        wrapup_time=figures.wrapup / MICROSECONDS,
        average_handle_time=average_handle_time(figures),
        average_talk_time=_ratio(figures.talk, figures.handled * MICROSECONDS),
        average_hold_time=_ratio(figures.hold, figures.handled * MICROSECONDS),
        average_wrapup_time=_ratio(figures.wrapup, figures.handled * MICROSECONDS),
        waiting=now.waiting,
        oldest_wait=None if now.oldest is None else max(0, now.moment - now.oldest) / MICROSECONDS,
        agents=now.agents,
    )


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


def _handle_time(figures: Figures) -> int:
    return figures.talk + figures.hold + figures.wrapup


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
