"""What is asked of complaints: by agents of their own, by supervisors of any."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Len

from shared.contracts.envelope import STRICT
from shared.contracts.values import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class OfComplaint:
    """by: the person. agent: set where an agent asks, who has to own the complaint or have its ticket."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    ticket: Name
    by: Name
    agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseComplaint(OfComplaint):
    """The ticket turns out to be a complaint."""

    do: Literal["raise_complaint"] = "raise_complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeComplaint(OfComplaint):
    do: Literal["acknowledge_complaint"] = "acknowledge_complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigateComplaint(OfComplaint):
    do: Literal["investigate_complaint"] = "investigate_complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessComplaint(OfComplaint):
    """What is not given stays as it is."""

    do: Literal["assess_complaint"] = "assess_complaint"
    cause: Name | None = None
    remedy: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerComplaint(OfComplaint):
    """cause, remedy: where they were not assessed before."""

    do: Literal["answer_complaint"] = "answer_complaint"
    cause: Name | None = None
    remedy: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptComplaint(OfComplaint):
    """The customer accepts the answer."""

    do: Literal["accept_complaint"] = "accept_complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenComplaint(OfComplaint):
    """The customer does not accept the answer."""

    do: Literal["reopen_complaint"] = "reopen_complaint"
    reason: Annotated[str, Len(1, 200)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignComplaint(OfComplaint):
    """to: the agent who owns it from now on."""

    do: Literal["assign_complaint"] = "assign_complaint"
    to: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeComplaint(OfComplaint):
    """It was none."""

    do: Literal["revoke_complaint"] = "revoke_complaint"
    reason: Annotated[str, Len(1, 200)]


ComplaintCommand = (
    RaiseComplaint
    | AcknowledgeComplaint
    | InvestigateComplaint
    | AssessComplaint
    | AnswerComplaint
    | AcceptComplaint
    | ReopenComplaint
    | AssignComplaint
    | RevokeComplaint
)
