"""What is configured of the complaints that a queue receives."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Le, Len

from shared.contracts.envelope import STRICT
from shared.contracts.values import Name

CourseTime = Annotated[float, Ge(1), Le(31_622_400)]
Names = Annotated[tuple[Name, ...], Len(0, 200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintSettings:
    """Seconds of the queue's business time. acknowledge_s, answer_s: how long that may take; None: it is not watched.
    object_s: how long after the answer silence counts as acceptance. causes, remedies: which there are; any, if none
    is named.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    acknowledge_s: CourseTime | None = None
    answer_s: CourseTime | None = None
    object_s: CourseTime = 1_209_600.0
    causes: Names = ()
    remedies: Names = ()


ORDINARY_COURSE = ComplaintSettings()
