"""The KPIs of interactions: how many there were, and how content customers say they are."""

from services.metrics.domain.definition import Definition, count_of, share_of
from services.metrics.domain.figures import Figures
from services.metrics.domain.interaction import DIRECTIONS
from services.metrics.domain.windows import MICROSECONDS

_EVENT, _ANSWER = "the event", "the answer"


def _all_directions(figures: Figures) -> float:
    return sum(figures.sums[f"interactions_{direction}"] for direction in DIRECTIONS)


def _mean_share(figures: Figures) -> float | None:
    answers = figures.sums["satisfaction_answers"]
    return figures.sums["rated"] / (answers * MICROSECONDS) if answers else None


INTERACTION_KPIS: tuple[Definition, ...] = (
    Definition(
        kpi="interactions",
        unit="count",
        formula="messages, calls and posts of people, either way",
        counted=_EVENT,
        of=_all_directions,
    ),
    *(
        Definition(
            kpi=f"interactions_{direction}",
            unit="count",
            formula=f"of those the {direction} ones",
            counted=_EVENT,
            of=count_of(f"interactions_{direction}"),
        )
        for direction in DIRECTIONS
    ),
    Definition(
        kpi="satisfaction_answers",
        unit="count",
        formula="answers to surveys",
        counted=_ANSWER,
        of=count_of("satisfaction_answers"),
    ),
    Definition(
        kpi="satisfaction",
        name="mean",
        unit="share",
        formula="mean of score ÷ best score, of answers to surveys",
        counted=_ANSWER,
        of=_mean_share,
    ),
    Definition(
        kpi="satisfaction",
        name="top-two",
        unit="share",
        formula="answers with one of the two best scores ÷ answers to surveys",
        counted=_ANSWER,
        of=share_of("rated_top", "satisfaction_answers"),
    ),
)
