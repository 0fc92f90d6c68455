"""The KPIs of tickets as a whole: opened and resolved, how long that took, and what happened on the way."""

from collections.abc import Sequence

from services.metrics.domain.definition import (
    PERCENTILES,
    Calculation,
    Definition,
    count_of,
    mean_of,
    percentile_of,
    share_of,
)
from services.metrics.domain.figures import Figures
from services.metrics.domain.ticket import RETURNS


def _tickets() -> list[Definition]:
    rates = [
        (kpi, f"tickets that were {name} at least once, by the first time, ÷ tickets handled", name)
        for kpi, name in (
            ("transfer_rate", "transferred"),
            ("escalation_rate", "escalated"),
            ("reopen_rate", "reopened"),
        )
    ]
    return [
        *(
            Definition(kpi=name, unit="count", formula=formula, counted=counted, of=count_of(name))
            for name, formula, counted in (
                ("opened", "tickets that were opened", "opening"),
                ("resolved", "tickets that were resolved, each at its last resolution", "resolution"),
                ("tickets_handled", "tickets of which an agent completed a contact, by the first one", "completion"),
            )
        ),
        *(
            Definition(
                kpi=kpi, unit="share", formula=formula, counted="the event", of=share_of(name, "tickets_handled")
            )
            for kpi, formula, name in rates
        ),
        Definition(
            kpi="sla_attainment",
            unit="share",
            formula="tickets that met every target ÷ tickets with a target",
            counted="resolution or breach",
            of=share_of("sla_met", "sla_met", "sla_missed"),
        ),
    ]


def _clocked(
    what: str,
    counted: str,
    elapsed: tuple[str, str, str],
    business: tuple[str, str, str],
    told: Sequence[tuple[str, int]],
) -> list[Definition]:
    """Mean and percentiles of a duration, in elapsed time and in the queue's opening hours.

    elapsed, business: the formula, and by which names the durations and how many there are were booked.
    """
    found: list[Definition] = []
    for name, (formula, durations, count) in (("elapsed", elapsed), ("business", business)):
        figures = [("average", f"{formula}; mean", mean_of([durations], count))]
        figures += [
            (
                of,
                f"{formula}; what {percent} % do not exceed, to half a percent of itself",
                percentile_of(durations, percent),
            )
            for of, percent in told
        ]
        found += [
            Definition(kpi=f"{of}_{what}", name=name, unit="seconds", formula=words, counted=counted, of=calculated)
            for of, words, calculated in figures
        ]
    return found


def _resolution_times() -> list[Definition]:
    return _clocked(
        "resolution_time",
        "resolution",
        ("last resolved - opened, without the time in pending states", "resolution", "resolved"),
        (
            "the same in business time, of tickets with a target for it",
            "resolution_business",
            "resolved_business",
        ),
        PERCENTILES[:1],
    )


def _first_response_times() -> list[Definition]:
    of = "of tickets with a target for it"
    return [
        Definition(
            kpi="first_responses",
            unit="count",
            formula=f"first answers to customers, {of}",
            counted="the answer",
            of=count_of("first_responses"),
        ),
        *_clocked(
            "first_response_time",
            "the answer",
            (f"first answer - first asked, {of}", "response", "first_responses"),
            (f"the same in business time, {of}", "response_business", "first_responses"),
            PERCENTILES,
        ),
    ]


def _first_contact_resolution() -> list[Definition]:
    return [
        Definition(
            kpi="first_contact_resolution",
            name=name,
            unit="share",
            formula="resolved tickets with no further ticket of the same customer in the same queue "
            f"within {name.removesuffix('d')} days ÷ resolved tickets whose customer is known",
            counted="resolution",
            of=_remaining("resolved_known", f"returned_{name}"),
        )
        for name in RETURNS
    ]


def _remaining(whole: str, gone: str) -> Calculation:
    """The share of the whole that is not gone."""

    def remaining(figures: Figures) -> float | None:
        sums = figures.sums
        return (sums[whole] - sums[gone]) / sums[whole] if sums[whole] else None

    return remaining


TICKET_KPIS: tuple[Definition, ...] = (
    *_tickets(),
    *_first_contact_resolution(),
    *_resolution_times(),
    *_first_response_times(),
)
