"""What the HTTP API takes and answers about complaints."""

from datetime import datetime
from typing import Annotated, Literal, Self

from annotated_types import Len
from pydantic import BaseModel, model_validator

from services.routing.bodies import Body, Shown
from services.routing.domain.complaint_progress import Cohort, StageFigures
from shared.contracts.tickets_complaints import Deadline
from shared.contracts.values import Name

ComplaintStage = Literal["received", "acknowledged", "investigating", "answered", "accepted", "revoked", "moved"]


class Assessment(Body):
    """cause: its root cause. remedy: what is done about it. Both from the queue's lists, where it has them, or else
    short names without anything personal.
    """

    cause: Name | None = None
    remedy: Name | None = None


class Assessing(Assessment):
    """What is not given stays as it is."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.cause is None and self.remedy is None:
            raise ValueError("say its cause, its remedy, or both")
        return self


class Assigning(Body):
    """agent: who owns the complaint from now on."""

    agent: Name


class Reopening(Body):
    """reason: what the customer objects to, without anything personal."""

    reason: Annotated[str, Len(1, 200)] | None = None


class Revoking(Body):
    """reason: why it is no complaint, without anything personal."""

    reason: Annotated[str, Len(1, 200)]


class ComplaintShown(Shown):
    """A ticket's complaint; `id` is the ticket. owner: the agent who sees to it. raised_by: who said that it is one;
    null: triage did.

    acknowledge_due, answer_due: by when. overdue: what should have been done and still waits; late: what was missed.
    acknowledged, answered: when it first was. object_until: silence until then counts as acceptance. followed_up: when
    the customer wrote after the last answer. reopened: how often. ended: when it was accepted, revoked, or moved to
    another pool; by: the person who said so, null where the customer has not objected in time; reason: why it was
    revoked.
    """

    pool: str
    queue: str
    conversation: str
    stage: ComplaintStage
    owner: str | None
    raised_by: str | None
    cause: str | None
    remedy: str | None
    received: datetime
    acknowledge_due: datetime | None
    answer_due: datetime | None
    overdue: list[Deadline]
    late: list[Deadline]
    acknowledged: datetime | None
    investigating: datetime | None
    answered: datetime | None
    object_until: datetime | None
    followed_up: datetime | None
    reopened: int
    ended: datetime | None
    by: str | None
    reason: str | None


class Progress(BaseModel):
    """How a pool gets on with complaints, at `as_of`. stages: all that are not over, whenever they were received, by
    stage and age (elapsed time since). cohort: what became of those received from `since` until before `until`.
    """

    pool: str
    as_of: datetime
    since: datetime
    until: datetime
    stages: list[StageFigures]
    cohort: Cohort
