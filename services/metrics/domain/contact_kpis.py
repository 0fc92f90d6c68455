"""The KPIs of contacts: what came into queues, how it left them, and how it was handled.

Sources: the Amazon Connect administrator guide (metric definitions: `removed`), the Genesys Cloud resource centre
(configure the service level calculation: the three denominators; handle time at completion), Talkdesk (contacts
without short abandons), ISO 18295-1.
"""

from services.metrics.domain.definition import (
    PERCENTILES,
    Calculation,
    Definition,
    count_of,
    longest_of,
    mean_of,
    percentile_of,
    seconds_of,
    share_of,
)

_ENTERING, _LEAVING, _ACCEPTANCE, _COMPLETION = "entering", "leaving the queue", "acceptance", "completion"
_PARTS = ("talk", "hold", "wrapup")


def _counts() -> list[Definition]:
    told = [
        ("offered", "contacts that entered the queue", _ENTERING),
        ("answered", "contacts that an agent accepted", _ACCEPTANCE),
        ("answered_in_time", "answered with wait ≤ T", _ACCEPTANCE),
        ("abandoned", "contacts whose customer left before acceptance", _LEAVING),
        ("abandoned_short", "abandoned with wait < S", _LEAVING),
        ("handled", "accepted contacts that were completed", _COMPLETION),
    ]
    return [
        Definition(kpi=name, unit="count", formula=formula, counted=counted, of=count_of(name))
        for name, formula, counted in told
    ]


def _service_levels() -> list[Definition]:
    told: list[tuple[str, str, str, Calculation]] = [
        ("strict", "÷ (answered + abandoned)", _LEAVING, share_of("answered_in_time", "answered", "abandoned")),
        ("answered", "÷ answered", _LEAVING, share_of("answered_in_time", "answered")),
        (
            "strict-less-short",
            "÷ (answered + abandoned - short abandoned)",
            _LEAVING,
            share_of("answered_in_time", "answered", "abandoned", less="abandoned_short"),
        ),
        ("removed", "÷ offered", _ENTERING, share_of("left_in_time", "offered")),
    ]
    return [
        Definition(
            kpi="service_level",
            name=name,
            unit="share",
            formula=("left the queue in any way with wait ≤ T " if name == "removed" else "answered with wait ≤ T ")
            + whole,
            counted=counted,
            of=of,
        )
        for name, whole, counted, of in told
    ]


def _speed_of_answer() -> list[Definition]:
    means = Definition(
        kpi="average_speed_of_answer",
        unit="seconds",
        formula="mean wait of answered contacts",
        counted=_ACCEPTANCE,
        of=mean_of(["wait"], "answered"),
    )
    percentiles = [
        Definition(
            kpi=f"{name}_speed_of_answer",
            unit="seconds",
            formula=f"the wait that {percent} % of answered contacts do not exceed, to half a percent of itself",
            counted=_ACCEPTANCE,
            of=percentile_of("wait", percent),
        )
        for name, percent in PERCENTILES
    ]
    longest = Definition(
        kpi="longest_speed_of_answer",
        unit="seconds",
        formula="longest wait of an answered contact",
        counted=_ACCEPTANCE,
        of=longest_of("wait"),
    )
    return [means, *percentiles, longest]


def _handle_times() -> list[Definition]:
    found: list[Definition] = []
    for name, parts in (("handle", _PARTS), *((part, (part,)) for part in _PARTS)):
        what = "talk + hold + wrap-up" if name == "handle" else {"wrapup": "wrap-up"}.get(name, name)
        for definition, names, counted in (
            ("completion", parts, "completion, whole"),
            ("split", tuple(f"{part}_split" for part in parts), "each second in its own interval"),
        ):
            rest = "of completed contacts" if definition == "completion" else "of all contacts"
            found += [
                Definition(
                    kpi=f"{name}_time",
                    name=definition,
                    unit="seconds",
                    formula=f"{what} {rest}",
                    counted=counted,
                    of=seconds_of(*names),
                ),
                Definition(
                    kpi=f"average_{name}_time",
                    name=definition,
                    unit="seconds",
                    formula=f"{what} {rest} ÷ handled",
                    counted=counted,
                    of=mean_of(names, "handled"),
                ),
            ]
    return found


CONTACT_KPIS: tuple[Definition, ...] = (
    *_counts(),
    Definition(
        kpi="abandon_rate",
        unit="share",
        formula="abandoned ÷ (answered + abandoned)",
        counted=_LEAVING,
        of=share_of("abandoned", "answered", "abandoned"),
    ),
    *_service_levels(),
    *_speed_of_answer(),
    *_handle_times(),
)
