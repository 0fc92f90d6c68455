"""Keeps whole snapshots by hand, where no decision maker does."""

from typing import TypeVar

from shared.snapshot_files import lines_of
from shared.snapshots import Snapshots, Stored

S = TypeVar("S")


async def keep(
    snapshots: Snapshots[S], stream: str, sequence: int, position: int, state: S, events: int = 0
) -> Stored | None:
    """Keeps the state after decision `sequence`; None, if a newer one is there."""
    async with snapshots.file(stream) as file:
        await file.write(lines_of(snapshots.keeper.rows(state)))
    return await snapshots.put(stream, sequence, position, file, Stored(), events)
