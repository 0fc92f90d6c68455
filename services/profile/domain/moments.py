"""The events of one entry in the one order that does not depend on how they arrived."""

from collections.abc import Iterable
from datetime import datetime

from services.profile.domain.timeline import Entry


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Each entry once, by the time it happened; what happened at once, by when the hub took it in, then by id."""
    once = list({entry["_id"]: entry for entry in entries}.values())
    return sorted(once, key=_moment) if len(once) > 1 else once


def _moment(entry: Entry) -> tuple[datetime, datetime, str]:
    return entry["at"], entry["recorded"], entry["_id"]
