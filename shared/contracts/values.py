"""The value types that the contracts share, as annotations that pydantic enforces and the domain can ignore."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len


class _Pattern:
    """Makes pydantic hold a string to a regular expression, without this module importing pydantic."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:  # noqa: ANN401 (pydantic's own protocol)
        return {**handler(source), "pattern": self._pattern}


class _Aware:
    """Makes pydantic refuse a time without an offset, without this module importing pydantic."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:  # noqa: ANN401 (pydantic's own protocol)
        return {**handler(source), "tz_constraint": "aware"}


class _Kept(_Aware):
    """The same, and makes pydantic give it the precision and the one zone that all others have."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:  # noqa: ANN401 (pydantic's own protocol)
        aware = super().__get_pydantic_core_schema__(source, handler)
        return {"type": "function-after", "function": {"type": "no-info", "function": to_milliseconds}, "schema": aware}


def to_milliseconds(moment: datetime) -> datetime:
    """The moment in UTC, cut to the millisecond that MongoDB keeps, so that no view differs from the log."""
    if moment.tzinfo is not UTC:  # pydantic reads `Z` as a zone of its own
        moment = moment.astimezone(UTC) if moment.utcoffset() else moment.replace(tzinfo=UTC)
    beyond = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - beyond) if beyond else moment


Time = Annotated[datetime, _Aware()]
"""A moment with an offset; the hub writes UTC with millisecond precision, which is what MongoDB keeps."""

Moment = Annotated[datetime, _Kept()]
"""A Time that a decision keeps, so to the millisecond, and that is compared often. Two moments whose zones are not the
same object take 50 times as long to compare, and pydantic makes such an object for each that it reads; sparing that
costs 2 µs a moment.
"""

EventId = Annotated[str, _Pattern(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
Channel = Annotated[str, _Pattern(r"^[a-z][a-z0-9_-]{0,31}$")]
"""`email`, `chat`, `phone`, `social`, `web`, or a plugin's own short name."""

Direction = Literal["inbound", "outbound", "internal"]
Conversation = Annotated[str, Len(1, 200)]
Identity = Annotated[str, Len(1, 400)]
"""In a plain event a normalised address such as `email:ann@x.org`; in the log its keyed hash (32 hex digits)."""

Sealed = Annotated[str, Len(1)]
"""Base64 of nonce and AES-256-GCM ciphertext of the content's JSON; the event's id is authenticated with it."""

Name = Annotated[str, Len(1, 200)]
LongText = Annotated[str, Len(0, 262_144)]
Seconds = Annotated[float, Ge(0), Le(31_622_400)]
SEGMENT = r"^([0-9]{1,4}|[^\W\d_][\w .&/-]{0,63})$"
ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$"
Segment = Annotated[str, _Pattern(SEGMENT)]
"""A word or a few for a group of customers (`gold`, `Key accounts`), or a short number; an address does not fit."""

Id = Annotated[str, _Pattern(ID)]
"""What an administrator calls an agent, queue, pool or skill."""

Language = Annotated[str, _Pattern(LANGUAGE)]
"""BCP 47, such as `de-AT`."""

PRIMARY_LANGUAGE = r"^[a-z]{2,3}$"
PrimaryLanguage = Annotated[str, _Pattern(PRIMARY_LANGUAGE)]
"""Of a BCP 47 tag its language alone, such as `de`."""

CustomType = Annotated[str, _Pattern(r"^x(\.[a-z0-9][a-z0-9_-]*)+$"), Len(3, 120)]
