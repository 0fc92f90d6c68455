"""What the API takes and answers of targets; `hub apply` reads its files by the same rules."""

from dataclasses import fields
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.metrics.domain.rules import complaint, complaint_of_targets
from shared.contracts.kpis import Share
from shared.contracts.targets import QueueTargets, TargetRule
from shared.contracts.values import Name, Seconds

_FIELDS = tuple(field.name for field in fields(QueueTargets))


def _sensible(rule: TargetRule) -> TargetRule:
    if wrong := complaint(rule):
        raise ValueError(wrong)
    return rule


class TargetsWanted(BaseModel):
    """What a queue should reach. service_level: at least; abandon_rate and average_speed_of_answer: at most.

    Each of these three is a rule as well: missing it is a warning, unless `rules` has one for that KPI. threshold_s:
    the seconds that the service level was agreed for; the figure itself uses the threshold that each contact carries.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    service_level: Share | None = None
    threshold_s: Seconds | None = None
    abandon_rate: Share | None = None
    average_speed_of_answer: Seconds | None = None
    rules: Annotated[tuple[Annotated[TargetRule, AfterValidator(_sensible)], ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _is_sensible(self) -> Self:
        if wrong := complaint_of_targets(self.targets()):
            raise ValueError(wrong)
        return self

    def targets(self) -> QueueTargets:
        """The same for the domain."""
        return QueueTargets(**{name: getattr(self, name) for name in _FIELDS})


class QueueTargetsShown(TargetsWanted):
    """A target with the queue it is for; `*` is everything together."""

    queue: Name

    @classmethod
    def of(cls, queue: str, targets: QueueTargets) -> Self:
        """The queue's target as it is stored."""
        return cls(queue=queue, **{name: getattr(targets, name) for name in _FIELDS})


class TargetList(BaseModel):
    """Every queue's target. next: always null, there is only one page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: Annotated[list[QueueTargetsShown], Field(max_length=1_000)]
    next: None = None
