"""Time zones as they are asked for."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def _checked(name: str) -> str:
    if name not in _known():
        raise ValueError(f"{name!r} is no time zone; take a name such as Europe/Berlin or UTC.")
    return name


Zone = Annotated[str, AfterValidator(_checked)]
"""The name of a time zone."""
