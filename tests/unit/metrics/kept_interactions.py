"""What the metrics service keeps of hub.interactions.v1, without a database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from services.metrics.domain.dimensions import Key, Row
from services.metrics.domain.figures import Figures
from services.metrics.domain.history import figures_of
from services.metrics.domain.interaction import Counted, Heard, Known
from services.metrics.interaction_documents import answer_document, answer_in, minute_in, minute_writes
from shared.contracts.interactions import SealedInteraction

Document = dict[str, Any]


class Kept:
    """The documents of some partitions, and the rows that are read from them."""

    def __init__(self, partitions: int) -> None:
        self.known = Known()
        self.rows: dict[str, Row] = {}
        self.quarters: set[int] = set()
        self._partitions = partitions
        self._minutes: dict[str, Document] = {}
        self._offsets = Counter[int]()

    def take(self, events: Sequence[SealedInteraction]) -> Mapping[str, Row]:
        """Counts the events; the rows that are new or other ones afterwards."""
        changed: dict[str, Row] = {}
        for partition in range(self._partitions):
            mine = [event for event in events if crc32(event.partitionkey.encode()) % self._partitions == partition]
            counted = Counted()
            counted.count(Heard.of(mine), self.known)
            self._offsets[partition] += len(mine)
            for write in minute_writes(partition, self._offsets[partition], counted.counts):
                changed[write._filter["_id"]] = minute_in(self._upserted(write._filter["_id"], write._doc))
            for answer in counted.answers.values():
                document = {"_id": answer.event, **answer_document(answer)}
                changed[answer.event] = answer_in(document)
            self.quarters |= counted.quarters.keys()
        self.rows |= changed
        return changed

    def figures(self) -> dict[tuple[int, Key], Figures]:
        """Of each quarter in which anything counts."""
        return {
            (quarter, key): figures
            for quarter in self.quarters
            for key, figures in figures_of(quarter, self.rows.values()).items()
        }

    def _upserted(self, name: str, update: Any) -> Document:  # noqa: ANN401 (what pymongo was given)
        document = self._minutes.setdefault(name, {"counts": {}, **update["$setOnInsert"]})
        for path, count in update["$inc"].items():
            _, direction, second = path.split(".")
            seconds = document["counts"].setdefault(direction, {})
            seconds[second] = seconds.get(second, 0) + count
        return document
