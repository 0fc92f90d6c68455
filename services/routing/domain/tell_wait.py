"""What a queue tells customers who wait."""

from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Le, Len

from shared.contracts.envelope import STRICT

PLACES = ("position", "minutes")
"""What a text may leave open: the place in the queue, and the wait that half do not exceed, in whole minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellWait:
    """When customers who wait in writing are told their place and how long it will take.

    after_s: so long after they came into the queue. every_s: how long after that again. at_most: how often in all.
    text: with {position} and {minutes} where these shall stand.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    text: Annotated[str, Len(1, 500)]
    after_s: Annotated[float, Ge(5), Le(86_400)] = 30.0
    every_s: Annotated[float, Ge(30), Le(86_400)] = 120.0
    at_most: Annotated[int, Ge(1), Le(100)] = 5


def wrong_text(text: str) -> str | None:
    """What is wrong with a text; None if nothing is."""
    try:
        fields = [field for _, *field in Formatter().parse(text) if field[0] is not None]
    except ValueError as error:
        return f"{error}; a brace that is meant as such is written twice"
    for name, form, conversion in fields:
        if name not in PLACES or form or conversion:
            return f"{{{name}}} stands for nothing; there are {{position}} and {{minutes}}"
    return None


def filled_in(text: str, position: int, wait_s: int) -> str:
    """The text as the customer gets it; less than a minute counts as one."""
    return text.format(position=position, minutes=max(1, -(-wait_s // 60)))
