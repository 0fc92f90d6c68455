"""Plugins: CloudEvents over HTTP in its three modes → drafts. Pure.

    structured  application/cloudevents+json, or application/json with an object     one event
    batched     application/cloudevents-batch+json, or application/json with an array  up to 1,000 events
    binary      ce-… headers; the body is the event's data                              one event

WrongMediaType  (the body is of none of these kinds)
"""

from collections.abc import Mapping
from urllib.parse import unquote

import orjson

from services.ingest.domain.draft import Draft
from services.ingest.plain import NotJson, drafts_of

_ONE = "application/cloudevents+json"
_MANY = "application/cloudevents-batch+json"
_JSON = "application/json"
_ATTRIBUTE = "ce-"


class WrongMediaType(Exception):
    """The message says which media types are taken."""

    def __init__(self, media_type: str) -> None:
        super().__init__(f"Events come as {_ONE}, {_MANY} or {_JSON}, not as {media_type[:100] or 'nothing'}.")


def drafts_from(body: bytes, headers: Mapping[str, str]) -> list[Draft]:
    """The drafts in a request; NotJson, Refused or WrongMediaType. headers: their names in small letters."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if f"{_ATTRIBUTE}specversion" in headers:
        if media_type not in ("", _JSON):
            raise WrongMediaType(media_type)
        return _one(_binary(body, headers))
    if media_type == _MANY:
        return drafts_of(body)
    if media_type == _ONE:
        return _one(body)
    if media_type == _JSON:
        return drafts_of(body) if body.lstrip()[:1] == b"[" else _one(body)
    raise WrongMediaType(media_type)


def _one(body: bytes) -> list[Draft]:
    drafts = drafts_of(b"[" + body + b"]")
    if len(drafts) != 1:  # `{…},{…}` is two events within brackets, but no JSON on its own
        raise NotJson("expected exactly one event")
    return drafts


def _binary(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The same event in structured mode."""
    attributes = {
        name.removeprefix(_ATTRIBUTE): unquote(value) for name, value in headers.items() if name.startswith(_ATTRIBUTE)
    }
    try:
        return orjson.dumps({**attributes, "data": orjson.loads(body)})
    except orjson.JSONDecodeError as error:
        raise NotJson(str(error)) from error
    except orjson.JSONEncodeError as error:  # a header with bytes that are no UTF-8
        raise NotJson("a ce- header is not UTF-8") from error
