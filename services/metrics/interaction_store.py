"""The writing side of what is counted of interactions: counts, answers and next offset move together, or not at all.

As for tickets, that is one transaction a batch whose first statement is the fence. What was counted before is looked up
within it, so two partitions that are told the same event at the same time conflict, and one of them counts it again.

    Superseded  (another owner counted further, or the same event: load again, then count again)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, AsyncMongoClient, ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from services.metrics.domain.interaction import Answer, Counted, Heard, Known, Place
from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.windows import moment_of
from services.metrics.interaction_documents import (
    answer_document,
    answer_in,
    counted_document,
    key_of,
    minute_writes,
    place_in,
)
from services.metrics.marks import mark
from services.metrics.partitions import Step, Superseded, claimed, fence
from shared.mongo import Document, only_duplicates


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Step):
    """heard: what the events tell."""

    heard: Heard

    @property
    def name(self) -> str:
        """The partition's document."""
        return f"interactions.{self.partition}"


class InteractionStore:
    """The collections of interactions and answers. `session` carries every transaction of this store, and no other."""

    def __init__(
        self, client: AsyncMongoClient[Document], database: AsyncDatabase[Document], session: AsyncClientSession
    ) -> None:
        self._client = client
        self._database = database
        self._session = session
        self._partitions = database["progress"]
        self._counted = database["counted_interactions"]
        self._minutes = database["interaction_minutes"]
        self._answers = database["answer_rows"]
        self._changed = database["changed_quarters"]

    async def prepare(self) -> None:
        """Creates the indexes that rows are found by; KpiStore creates the collections."""
        for rows in (self._minutes, self._answers):
            await rows.create_index([("partition", ASCENDING), ("revision", ASCENDING)])
            await rows.create_index([("quarters", ASCENDING)])
            await rows.create_index([("last", ASCENDING)])

    async def claim(self, partition: int) -> int:
        """A partition's next offset, for its new owner."""
        document = await claimed(self._client, self._partitions, self._session, f"interactions.{partition}")
        return int(document["next"])

    async def store(self, batches: Sequence[Batch], now: datetime) -> None:
        """Counts the batches durably; Superseded (and nothing stored) if a partition is not ours."""
        async with await self._session.start_transaction():
            await fence(self._partitions, self._session, "interactions", [(batch, {}) for batch in batches])
            known = await self._known([batch.heard for batch in batches])
            writes = _Writes(known, running=quarter_of(moment_of(now)))
            for batch in batches:
                writes.add(batch)
            try:
                await self._write(writes)
            except BulkWriteError as error:
                if only_duplicates(error):  # another owner counted one of them a moment ago
                    raise Superseded([batch.partition for batch in batches]) from error
                raise

    async def _known(self, heard: Sequence[Heard]) -> Known:
        known = Known()
        places = [key_of(event) for one in heard for event, _ in one.places]
        if places:
            async for document in self._counted.find({"_id": {"$in": places}}, session=self._session):
                event, place = place_in(document)
                known.places[event] = place
        answers = [answer.event for one in heard for answer in one.answers]
        if answers:
            async for document in self._answers.find({"_id": {"$in": answers}}, session=self._session):
                known.answers[document["_id"]] = answer_in(document)
        return known

    async def _write(self, writes: "_Writes") -> None:
        if new := writes.new():
            await self._counted.insert_many(new, ordered=False, session=self._session)
        for collection, of_one in (
            (self._counted, writes.moved()),
            (self._minutes, writes.minutes),
            (self._answers, list(writes.answers.values())),
            (self._changed, writes.quarters),
        ):
            if of_one:
                await collection.bulk_write(of_one, ordered=False, session=self._session)


class _Writes:
    """What batches change. known: of their events before them. running: the quarter that is not over; what changes
    before it is late.
    """

    def __init__(self, known: Known, running: int) -> None:
        self._known = known
        self._running = running
        self._before = frozenset(known.places)
        self._places: dict[str, Place] = {}
        self.minutes: list[UpdateOne] = []
        self.answers: dict[str, ReplaceOne[Document]] = {}
        self.quarters: list[UpdateOne] = []

    def add(self, batch: Batch) -> None:
        """What a batch adds to what is known."""
        counted = Counted()
        counted.count(batch.heard, self._known)
        self._places |= counted.places
        self.minutes += minute_writes(batch.partition, batch.next, counted.counts)
        self.answers |= {event: _kept(batch, answer) for event, answer in counted.answers.items()}
        self.quarters += self._changed(batch, counted.quarters)

    def new(self) -> list[Document]:
        """Interactions that were not counted before."""
        return [counted_document(event, place) for event, place in self._places.items() if event not in self._before]

    def moved(self) -> list[ReplaceOne[Document]]:
        """Those that were, at a later moment."""
        documents = [counted_document(event, place) for event, place in self._places.items() if event in self._before]
        return [ReplaceOne({"_id": document["_id"]}, document) for document in documents]

    def _changed(self, batch: Batch, quarters: Mapping[int, Sequence[str]]) -> Iterable[UpdateOne]:
        for quarter, causes in quarters.items():
            yield mark(quarter, batch.name, quarter, causes if quarter < self._running else (), batch.next)


def _kept(batch: Batch, answer: Answer) -> ReplaceOne[Document]:
    stored = {"partition": batch.partition, "revision": batch.next}
    return ReplaceOne({"_id": answer.event}, stored | answer_document(answer), upsert=True)
