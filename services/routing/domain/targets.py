"""By when a queue wants its tickets answered, answered again and resolved, and what follows if they are not."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le, Len

from shared.contracts.envelope import STRICT
from shared.contracts.tickets_sla import Target

TARGETS: tuple[Target, ...] = ("first_response", "next_response", "resolution")
LIVE = frozenset({"phone", "chat"})
"""Channels on which the customer waits on the line, so that acceptance is the first answer."""

TargetTime = Annotated[float, Ge(1), Le(31_622_400)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """How long it may take, in seconds of the queue's business hours; None: as long as it takes.

    first_response_s: from when the customer asked to the first answer. next_response_s: from the first message after
    an answer to the next answer. resolution_s: from opened to resolved; pending does not count. warn_percent: after
    which part of that time a warning is due.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    first_response_s: TargetTime | None = None
    next_response_s: TargetTime | None = None
    resolution_s: TargetTime | None = None
    warn_percent: Annotated[int, Ge(1), Le(99)] = 80

    @property
    def is_set(self) -> bool:
        """Whether there is a target at all."""
        return any(self.seconds(target) is not None for target in TARGETS)

    def seconds(self, target: Target) -> float | None:
        """How long the target gives."""
        match target:
            case "first_response":
                return self.first_response_s
            case "next_response":
                return self.next_response_s
            case "resolution":
                return self.resolution_s


UNTARGETED = TargetSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRule:
    """A ticket is escalated when it is warned of the target, or when that is breached."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    target: Target
    at: Literal["warned", "breached"]


EscalationRules = Annotated[tuple[EscalationRule, ...], Len(0, 6)]


def untargeted(settings: TargetSettings, rules: EscalationRules) -> list[Target]:
    """Targets that rules name though there are none."""
    return sorted({rule.target for rule in rules if settings.seconds(rule.target) is None})
