"""The plain side of the event contracts: what may come in, validated before it is sealed.

NotJson   (the body is no JSON at all)
Refused   (it is, but these events cannot be taken; nothing of their batch was)
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, make_dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, get_origin, get_type_hints

import orjson
from annotated_types import Len
from pydantic import Field, TypeAdapter, ValidationError

from services.ingest.domain.draft import RESERVED, Complaint, Draft
from shared.contracts.codec import INTERACTION_TYPES
from shared.contracts.content import Json
from shared.contracts.envelope import schema_of
from shared.contracts.interactions import CONTENT, CUSTOM_CONTENT, Occurrence
from shared.contracts.values import CustomType

MAX_BATCH = 1_000
_COMPLAINTS_AN_EVENT = 5


class NotJson(Exception):
    """The reason names the place, not the content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(Exception):
    """Events of a batch cannot be taken, and so none of it was."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("; ".join(f"event {one.index}: {one.field} {one.reason}" for one in complaints))
        self.complaints = complaints


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(Draft):
    """A CloudEvent as a plugin sends it. What the hub itself says of an event cannot be given."""

    specversion: Literal["1.0"]
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Annotated[str, Len(1, 200)] | None = None
    traceparent: Annotated[str, Field(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None = None


def _data_class(event: Any) -> Any:  # noqa: ANN401 (a generic event class)
    return get_origin(get_type_hints(event, include_extras=True)["data"])


def _given(name: str, types: Any, data: Any) -> Any:  # noqa: ANN401 (both are annotations made at run time)
    fields = [("type", types), ("data", data)]
    return make_dataclass(name, fields, bases=(Given,), frozen=True, slots=True, kw_only=True)


def _types_by_data() -> dict[Any, tuple[str, ...]]:
    types: defaultdict[Any, tuple[str, ...]] = defaultdict(tuple)
    for event in INTERACTION_TYPES:
        types[_data_class(event)] += (event.__dataclass_fields__["type"].default,)
    return types


_TYPES = _types_by_data()
_GIVEN: dict[Any, Any] = {
    data: _given(f"Given{data.__name__}", Literal[types], data[CONTENT[data]]) for data, types in _TYPES.items()
}
_GIVEN_CUSTOM: Any = _given("GivenCustom", CustomType, Occurrence[CUSTOM_CONTENT])
_OWN: Any = Annotated[reduce(or_, _GIVEN.values()), Field(discriminator="type")]
_ANY: Any = Annotated[_OWN | _GIVEN_CUSTOM, Field(union_mode="left_to_right")]

_BATCH: TypeAdapter[list[Any]] = TypeAdapter(list[_ANY])
_CUSTOM: TypeAdapter[Any] = TypeAdapter(_GIVEN_CUSTOM)
_BY_TYPE: dict[str, TypeAdapter[Any]] = {
    one: adapter for data, given in _GIVEN.items() for adapter in (TypeAdapter(given),) for one in _TYPES[data]
}
_DATA: dict[Any, TypeAdapter[Any]] = {data: TypeAdapter(data[CONTENT[data]]) for data in _GIVEN}


def drafts_of(body: bytes) -> list[Draft]:
    """The drafts in a JSON array of CloudEvents; NotJson or Refused if it is not one."""
    try:
        given: list[Given] = _BATCH.validate_json(body, strict=True)
    except ValidationError as error:
        raise _refusal(body, error) from error
    if len(given) > MAX_BATCH:
        raise Refused([Complaint(MAX_BATCH, "batch", f"has more than {MAX_BATCH} events; send several batches")])
    complaints = [
        complaint
        for index, one in enumerate(given)
        if one.source.startswith(RESERVED) or one.dataschema is not None or isinstance(one.data, Occurrence)
        for complaint in _beyond_shape(index, one)
    ]
    if complaints:
        raise Refused(complaints)
    return list[Draft](given)


def checked(draft: Draft) -> Draft:
    """A draft of one of the hub's own channels, held to the same contract; Refused if the channel breaks it."""
    try:
        _DATA[type(draft.data)].validate_python(asdict(draft.data))
    except ValidationError as error:
        raise Refused(list(_complaints(0, error, under="data."))) from error
    return draft


def given_schema() -> dict[str, Any]:
    """JSON schema of an event that may be posted, for the API's description."""
    schema: dict[str, Any] = TypeAdapter(_ANY).json_schema()
    return schema


def is_custom(draft: Draft) -> bool:
    """Whether it is a plugin's own type, whose content is any JSON object."""
    return draft.type not in _BY_TYPE


def _beyond_shape(index: int, given: Given) -> Iterable[Complaint]:
    if given.source.startswith(RESERVED):
        yield Complaint(index, "source", f"begins with {RESERVED}, which is the hub's own; choose another")
    if given.dataschema not in (None, schema_of(given.type)):
        yield Complaint(index, "dataschema", f"must be {schema_of(given.type)}, or be left out")
    if isinstance(given.data, Occurrence) and (rating := given.data.rating) and rating.score > rating.best:
        yield Complaint(index, "data.rating.score", "is above the best score")


def _refusal(body: bytes, error: ValidationError) -> Exception:
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return NotJson(first["msg"].removeprefix("Invalid JSON: "))
    try:
        events = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        return NotJson(str(wrong))
    if not isinstance(events, list):
        return Refused([Complaint(0, "batch", "is not a JSON array of events")])
    complaints = [complaint for index, event in enumerate(events) for complaint in _complaints_about(index, event)]
    return Refused(complaints)


def _complaints_about(index: int, event: Any) -> Iterable[Complaint]:  # noqa: ANN401 (any JSON value)
    if not isinstance(event, dict):
        return [Complaint(index, "event", "is not a JSON object")]
    kind = event.get("type")
    if not isinstance(kind, str):
        return [Complaint(index, "type", "is missing or not a string")]
    adapter = _CUSTOM if kind.startswith("x.") else _BY_TYPE.get(kind)
    if adapter is None:
        return [Complaint(index, "type", "is no event type of the hub; a plugin's own types begin with x.")]
    try:
        given = adapter.validate_json(orjson.dumps(event), strict=True)
    except ValidationError as error:
        return list(_complaints(index, error))[:_COMPLAINTS_AN_EVENT]
    return _beyond_shape(index, given)


def _complaints(index: int, error: ValidationError, under: str = "") -> Iterable[Complaint]:
    for one in error.errors(include_input=False, include_url=False):
        field = under + ".".join(str(part) for part in one["loc"])
        if one["type"] == "unexpected_keyword_argument":
            yield Complaint(index, field, "is not a field of this event")
        else:
            yield Complaint(index, field, one["msg"][0].lower() + one["msg"][1:])


def free_json(draft: Draft) -> Json | None:
    """The JSON that a provider shaped freely: a custom event's content, or the original payload of a known one."""
    content = draft.data.content
    if isinstance(content, dict):
        return content
    original: Json | None = content.original
    return original
