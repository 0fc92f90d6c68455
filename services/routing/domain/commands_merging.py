"""A ticket becomes part of another: agents say so of their own, supervisors of any."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shared.contracts.envelope import STRICT
from shared.contracts.values import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeTicket:
    """by: the person. agent: set where an agent does it with a ticket of its own. forced: of different customers."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["merge_ticket"] = "merge_ticket"
    ticket: Name
    into: Name
    by: Name
    agent: Name | None = None
    forced: bool = False
