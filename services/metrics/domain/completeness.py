"""How complete figures are: until when all that was in Kafka is counted, partition by partition.

The ends of the partitions are looked at now and then. Whatever was in a partition at such a look is counted once the
next offset has reached its end of then. So a partition in which nothing happens is complete, however long ago its last
event was. Where a backlog goes back to before the first look, the events themselves tell how far counting has come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

Partition = tuple[str, int]
"""A topic's name and a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The ends of all partitions: the offset that the next record gets. committed: up to which offset whoever counts
    has said to be done, which goes beyond what is counted where a record could not be read. at: before they were asked.
    """

    at: datetime
    ends: Mapping[Partition, int]
    committed: Mapping[Partition, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How far a partition is counted. next: the offset of what comes next. watermark: when the latest event that is
    counted was recorded.
    """

    next: int = 0
    watermark: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A partition by the newest look. behind: records that are not counted. until: what was recorded before is; None
    where nothing is known.
    """

    topic: str
    partition: int
    next: int
    end: int
    until: datetime | None

    @property
    def behind(self) -> int:
        return max(0, self.end - self.next)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """All partitions. until: the least of theirs; None while one of them is not known."""

    partitions: tuple[Reached, ...]

    @property
    def until(self) -> datetime | None:
        known = [one.until for one in self.partitions if one.until is not None]
        return min(known) if known and len(known) == len(self.partitions) else None

    @property
    def behind(self) -> int:
        return sum(one.behind for one in self.partitions)


def complete(taken: Mapping[Partition, Taken], looks: Sequence[Look]) -> Complete | None:
    """How far the figures reach. looks: in the order of time; None without any."""
    if not looks:
        return None
    return Complete(
        partitions=tuple(
            _reached(partition, taken.get(partition, Taken()), looks) for partition in sorted(looks[-1].ends)
        )
    )


def _reached(partition: Partition, taken: Taken, looks: Sequence[Look]) -> Reached:
    at = max(taken.next, looks[-1].committed.get(partition, 0))
    until = next((look.at for look in reversed(looks) if look.ends.get(partition, at + 1) <= at), None)
    if until is None and taken.watermark is not None:
        until = min(taken.watermark, looks[0].at)
    topic, number = partition
    return Reached(topic=topic, partition=number, next=at, end=looks[-1].ends[partition], until=until)
