"""Which JSON the hub can keep: what MongoDB, JSON itself and every language that reads the log hold without change."""

import math
from typing import Any

MAX_DEPTH = 20
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


def unkeepable(value: Any, depth: int = 1) -> str | None:  # noqa: ANN401 (any JSON value)
    """Why a JSON value cannot be kept, or None if it can. The value itself is not in the reason."""
    match value:
        case dict() | list() if depth > MAX_DEPTH:
            return f"is nested deeper than {MAX_DEPTH} levels"
        case dict():
            if any("\0" in key for key in value):
                return "has a key with a NUL character"
            return _first(value.values(), depth)
        case list():
            return _first(value, depth)
        case bool():
            return None
        case int() if not _LOWEST <= value <= _HIGHEST:
            return "has an integer beyond 64 bits; send it as a string"
        case float() if not math.isfinite(value):
            return "has a number that is not finite"
    return None


def _first(values: Any, depth: int) -> str | None:  # noqa: ANN401 (an iterable of JSON values)
    return next((reason for value in values if (reason := unkeepable(value, depth + 1))), None)
