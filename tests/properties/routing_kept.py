"""What is kept of a pool, and the pool that is made of it, as properties look at them."""

from collections.abc import Sequence
from typing import Any

import orjson

from services.routing.domain.events import Event
from services.routing.domain.state import Pool
from services.routing.kept import KeptPool
from shared.snapshot_files import lines_of

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


def put_together(stored: Stored) -> Pool:
    """The pool from what is kept of it."""
    return KeptPool().state(rows_in(stored))
