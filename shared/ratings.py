"""Answers to surveys as plugins tell them: `x.survey.answered` with content such as {"score": 4, "best": 5}."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from shared.contracts.interactions import BEST_OF_ALL, Rating

SURVEY = "x.survey.answered"
"""The type of event whose content may hold the answer."""

_BEST = 5
"""Of those who do not say what the best score is."""


def rating_in(content: Mapping[str, Any]) -> Rating | None:
    """The answer that the content of a survey's event holds; None if it is none, or lies beyond the best score."""
    score, best = number(content.get("score")), number(content.get("best", _BEST))
    if score is None or best is None:
        return None
    rating = Rating(score=float(score), best=float(best))
    return rating if 0 <= rating.score <= rating.best and 0 < rating.best <= BEST_OF_ALL else None


def number(given: object) -> Decimal | None:
    """A number, or a text that is one."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    try:
        found = Decimal(str(given))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**15 else None
