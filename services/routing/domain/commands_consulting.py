"""An agent asks a colleague about a ticket and keeps it meanwhile."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shared.contracts.envelope import STRICT
from shared.contracts.values import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulting:
    """by: the person. agent: for which agent; None: a supervisor, for whoever has the ticket."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    ticket: Name
    by: Name
    agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskColleague(Consulting):
    """to: the agent who is asked."""

    do: Literal["ask_colleague"] = "ask_colleague"
    to: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptConsultation(Consulting):
    do: Literal["accept_consultation"] = "accept_consultation"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineConsultation(Consulting):
    do: Literal["decline_consultation"] = "decline_consultation"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndConsultation(Consulting):
    """Either of the two says so."""

    do: Literal["end_consultation"] = "end_consultation"


ConsultingCommand = AskColleague | AcceptConsultation | DeclineConsultation | EndConsultation
