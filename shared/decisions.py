"""The decision log: one decision maker at a time, fenced by the log itself.

One document per decision, `_id` = {stream, sequence}. Inserting the next sequence is atomic, so a second writer that
thinks it is the owner fails with a duplicate key (Superseded) and must fold again. The document holds the position of
the last command it covers, so a restart resumes exactly there; and the ids of its commands, so a repeated command
finds its outcome instead of being decided again.

    Superseded  (somebody else decided meanwhile: fold again, then decide again)
"""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import bson
from bson.raw_bson import RawBSONDocument
from pydantic import TypeAdapter
from pymongo import ASCENDING
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from shared.breath import Breath
from shared.decider import Decider
from shared.marks import Marks
from shared.mongo import Document
from shared.snapshots import Keeper, Snapshots

S = TypeVar("S")
E = TypeVar("E")
D = TypeVar("D", bound=Document)

_SEEN_WITHIN = 10.0


class Superseded(Exception):
    """Another decision maker appended to the stream first."""

    def __init__(self, stream: str, sequence: int) -> None:
        super().__init__(f"Decision {sequence} of {stream} was taken elsewhere; fold the log again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a command. refused: why not, or None; result: what the requester is told (JSON)."""

    command: str
    refused: str | None = None
    result: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[E]):
    """One decision. position: the next offset of the command topic after it. events: with the command behind each."""

    stream: str
    sequence: int
    position: int
    at: datetime
    outcomes: tuple[Outcome, ...]
    events: tuple[tuple[str, E], ...]


class DecisionLog(Generic[S, E]):
    """The decision log of one service: collections `decisions` and `followed`, and its snapshots.

    kept_every: see Snapshots; with it, `before` is quick for decisions of any age.
    """

    def __init__(
        self,
        database: AsyncDatabase[Document],
        keeper: Keeper[S],
        event: Any,  # noqa: ANN401 (a type as a value)
        kept_every: int | None = None,
    ) -> None:
        options = database.codec_options.with_options(tzinfo=UTC)  # as commands have it, so that comparing is quick
        self.decisions: AsyncCollection[Document] = database.get_collection("decisions", options)
        raw: Any = options.with_options(document_class=RawBSONDocument)
        self._undecoded: AsyncCollection[Any] = database.get_collection("decisions", raw)
        self.snapshots: Snapshots[S] = Snapshots(database, keeper, kept_every)
        self._marks = Marks(database)
        self._event: TypeAdapter[E] = TypeAdapter(event)

    async def create_indexes(self) -> None:
        """Creates what the log is searched by: commands, and the subject of each event."""
        await self.decisions.create_index([("_id.stream", ASCENDING), ("_id.sequence", ASCENDING)], unique=True)
        await self.decisions.create_index([("outcomes.command", ASCENDING)])

    async def append(self, entry: Entry[E]) -> None:
        """Appends durably (majority); Superseded if the sequence is taken."""
        try:
            await self.decisions.insert_one(self._document(entry))
        except DuplicateKeyError as error:
            raise Superseded(entry.stream, entry.sequence) from error

    def documents(self, stream: str, after: int) -> AsyncCursor[Document]:
        """The documents of the stream's decisions beyond sequence `after`, in order."""
        return _between(self.decisions, stream, {"$gt": after})

    async def read(self, stream: str, after: int, before: int | None = None) -> AsyncGenerator[Entry[E]]:
        """The stream's decisions beyond sequence `after` (and before `before`), in order.

        Each is decoded by itself when it is asked for, so that reading many holds nobody up for long.
        """
        between = {"$gt": after} if before is None else {"$gt": after, "$lt": before}
        async with _between(self._undecoded, stream, between) as found:
            async for document in found:
                yield self.entry(bson.decode(document.raw, self.decisions.codec_options))

    async def before(
        self, stream: str, sequence: int, decider: Decider[S, Any, E], known: tuple[int, S] | None = None
    ) -> S:
        """The state that decision `sequence` was taken in: the same fold as a restart's, up to there.

        known: an earlier decision and the state after it, to go on from unless a kept snapshot is nearer. The state is
        the fold's from then on.
        """
        after, state = known or (0, decider.initial(stream))
        if snapshot := await self.snapshots.load(stream, until=sequence - 1, beyond=after):
            after, state = snapshot.sequence, snapshot.state
        _, state = await self.fold(stream, (after, state), decider, sequence)
        return state

    async def fold(
        self, stream: str, known: tuple[int, S], decider: Decider[S, Any, E], before: int | None = None
    ) -> tuple[int, S]:
        """A decision and the state after it, taken on by those beyond it (and before `before`); others run between."""
        sequence, state = known
        breath = Breath()
        async for entry in self.read(stream, sequence, before):
            for _, event in entry.events:
                state = decider.evolve(state, event)
            sequence = entry.sequence
            await breath.take()
        return sequence, state

    async def decided(self, stream: str, commands: Iterable[str]) -> tuple[dict[str, Outcome], int]:
        """The outcomes of those commands that were decided already, and the newest decision of the stream among them
        (0 if there is none).
        """
        wanted = set(commands)
        found: dict[str, Outcome] = {}
        newest = 0
        async for document in self.decisions.find({"outcomes.command": {"$in": list(wanted)}}, {"outcomes": 1}):
            if document["_id"]["stream"] == stream:
                newest = max(newest, document["_id"]["sequence"])
            for outcome in document["outcomes"]:
                if outcome["command"] in wanted:
                    found[outcome["command"]] = Outcome(**outcome)
        return found, newest

    async def followed(self, stream: str, follower: str) -> int:
        """Up to which sequence a follower has carried the stream's decisions on; 0 at the beginning."""
        return await self._marks.read((stream, follower))

    async def mark_followed(self, stream: str, follower: str, sequence: int) -> None:
        """Remembers that a follower is done up to `sequence`."""
        await self._marks.put((stream, follower), sequence)

    async def seen(self, stream: str, follower: str, sequence: int) -> bool:
        """Waits until a follower is done with decision `sequence`, ten seconds at most; whether it is."""
        return await self._marks.reached((stream, follower), sequence, _SEEN_WITHIN)

    async def streams(self) -> list[str]:
        """Every stream that has a decision."""
        return [str(stream) for stream in await self.decisions.distinct("_id.stream")]

    def entry(self, document: Document) -> Entry[E]:
        """The decision that a document of the log holds (also one from a change stream)."""
        return Entry(
            stream=document["_id"]["stream"],
            sequence=document["_id"]["sequence"],
            position=document["position"],
            at=document["at"],
            outcomes=tuple(Outcome(**outcome) for outcome in document["outcomes"]),
            events=tuple((item["cause"], self._event.validate_python(item["event"])) for item in document["events"]),
        )

    def _document(self, entry: Entry[E]) -> Document:
        return {
            "_id": {"stream": entry.stream, "sequence": entry.sequence},
            "position": entry.position,
            "at": entry.at,
            "outcomes": [
                {"command": outcome.command, "refused": outcome.refused, "result": outcome.result}
                for outcome in entry.outcomes
            ],
            "events": [{"cause": cause, "event": self._event.dump_python(event)} for cause, event in entry.events],
        }


def _between(decisions: AsyncCollection[D], stream: str, between: Document) -> AsyncCursor[D]:
    found = decisions.find({"_id.stream": stream, "_id.sequence": between})
    return found.sort([("_id.stream", ASCENDING), ("_id.sequence", ASCENDING)])
