"""What is kept of a pool, and the pool that is made of it, as properties look at them."""

from collections.abc import Sequence
from datetime import UTC
from typing import Annotated, Any

import bson
import orjson
from bson.codec_options import CodecOptions
from pydantic import Field, TypeAdapter

from services.routing.domain.events import Event
from services.routing.domain.state import Pool
from services.routing.kept import KeptPool
from shared.snapshot_files import lines_of

_IN_UTC: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, tzinfo=UTC)
_event: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])

Stored = tuple[bytes, ...]
"""What is kept of a pool: lines, as in the database."""


def taken_apart(pool: Pool) -> Stored:
    """All of the pool."""
    return tuple(lines_of(KeptPool().rows(pool)))


def what_changed(pool: Pool, events: Sequence[Event]) -> Stored:
    """What is kept of the pool after the events, where the rest was kept before."""
    return tuple(lines_of(KeptPool().changed(pool, events)))


def rows_in(stored: Stored) -> list[Any]:
    """The rows as they are read from the database."""
    return [row for line in stored for row in orjson.loads(line)]


def as_logged(event: Event) -> Event:
    """The event as it is read from the decision log, after MongoDB had it."""
    written = bson.encode({"event": _event.dump_python(event)})
    return _event.validate_python(bson.decode(written, _IN_UTC)["event"])


def put_together(stored: Stored) -> Pool:
    """The pool from what is kept of it."""
    return KeptPool().state(rows_in(stored))
