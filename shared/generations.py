"""Generations of views: whatever follows from the logs can be kept several times, to build it anew.

One document in a service's own database says which generations there are. Every process of the service keeps each of
them up to date and answers from the current one; to switch is to change that one word, and so is to go back.

    current   what is answered from
    kept      what is kept up to date
    served    those of the kept that were current once: they do for the world what only one has to do
    last      the highest number that was ever given; a number is never given again
    sources   by number: what a generation is made of, as the service told; also of one of which something is left
    failed    by number: why a generation stands still

Beside it stands a document for each process, which says again and again which generation it answers from and which ones
it keeps. One that has said nothing for 15 s is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pymongo import ASCENDING, AsyncMongoClient, ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase

from shared.mongo import Document, database

FIRST = 1
"""The generation that a hub begins with. It has no number in its names."""

_VIEWS = {"_id": "views"}
_GONE_AFTER_MS = 15_000
_FORGOTTEN_AFTER_SECONDS = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a generation is made of. consumed: (topic, consumer group). followed: (decision stream, follower), without
    a stream where every one of the service's is followed.
    """

    consumed: tuple[tuple[str, str], ...]
    followed: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Generations:
    """Which generations there are at a moment."""

    current: int = FIRST
    kept: tuple[int, ...] = (FIRST,)
    served: tuple[int, ...] = (FIRST,)
    last: int = FIRST
    sources: Mapping[int, Sources] = field(default_factory=dict)
    failed: Mapping[int, str] = field(default_factory=dict)


def named(name: str, generation: int) -> str:
    """What a consumer group or follower is called in a generation: `hub.profile.timeline@2`."""
    return name if generation == FIRST else f"{name}@{generation}"


def views_database(
    client: AsyncMongoClient[Document], namespace: str, service: str, generation: int
) -> AsyncDatabase[Document]:
    """Where a generation's views are: the first ones are in the service's own database, each other has one."""
    return database(client, namespace, service if generation == FIRST else f"{service}_g{generation}")


class Pointer:
    """The document that says it; every change is one atomic majority write."""

    def __init__(self, own: AsyncDatabase[Document]) -> None:
        self._pointer = own["generations"]

    async def read(self) -> Generations:
        """Which generations there are now."""
        document = await self._pointer.find_one(_VIEWS)
        return Generations() if document is None else _generations(document)

    async def add(self) -> int:
        """One more generation; its number."""
        await self._begun()
        one_more: list[Document] = [
            {"$set": {"last": {"$add": ["$last", 1]}}},
            {"$set": {"kept": {"$concatArrays": ["$kept", ["$last"]]}}},
        ]
        document = await self._pointer.find_one_and_update(_VIEWS, one_more, return_document=ReturnDocument.AFTER)
        assert document is not None  # noqa: S101 (it was made just before, and nobody deletes it)
        return int(document["last"])

    async def switch(self, to: int) -> bool:
        """Makes a kept generation the current one; False if it is not kept."""
        await self._begun()
        change = {"$set": {"current": to}, "$addToSet": {"served": to}}
        return (await self._pointer.update_one({**_VIEWS, "kept": to}, change)).matched_count == 1

    async def take_off(self, generation: int) -> bool:
        """Keeps a generation no longer; False if it is the current one. Its sources stay until it is forgotten."""
        change = {"$pull": {"kept": generation, "served": generation}, "$unset": {f"failed.{generation}": ""}}
        not_current = {**_VIEWS, "current": {"$ne": generation}}
        return (await self._pointer.update_one(not_current, change)).matched_count == 1

    async def forget(self, generation: int) -> None:
        """Nothing is left of a generation that is kept no longer."""
        await self._pointer.update_one(
            {**_VIEWS, "kept": {"$ne": generation}}, {"$unset": {f"sources.{generation}": ""}}
        )

    async def tell_sources(self, generation: int, sources: Sources) -> None:
        """What a kept generation is made of: whoever has this at work tells it."""
        await self._begun()
        told = {
            "consumed": [list(one) for one in sources.consumed],
            "followed": [list(one) for one in sources.followed],
        }
        await self._pointer.update_one({**_VIEWS, "kept": generation}, {"$set": {f"sources.{generation}": told}})

    async def tell_failure(self, generation: int, reason: str) -> None:
        """A kept generation stands still, and why."""
        await self._pointer.update_one({**_VIEWS, "kept": generation}, {"$set": {f"failed.{generation}": reason}})

    async def try_again(self, generation: int) -> None:
        """A generation that stood still may go on."""
        await self._pointer.update_one(_VIEWS, {"$unset": {f"failed.{generation}": ""}})

    async def create_indexes(self) -> None:
        """Forgets processes that have said nothing for long."""
        await self._pointer.create_index([("at", ASCENDING)], expireAfterSeconds=_FORGOTTEN_AFTER_SECONDS)

    async def tell_process(self, process: str, state: Generations) -> None:
        """A process lives, and does what was said here; by the server's clock, so that all have the same."""
        told = {"current": state.current, "keeps": list(state.kept), "at": "$$NOW"}
        await self._pointer.update_one({"_id": {"process": process}}, [{"$set": told}], upsert=True)

    async def forget_process(self, process: str) -> None:
        """A process ends."""
        await self._pointer.delete_one({"_id": {"process": process}})

    async def answering_otherwise(self, current: int) -> int:
        """How many processes do not answer from this generation yet."""
        return await self._living({"current": {"$ne": current}})

    async def keepers(self, generation: int) -> int:
        """How many processes keep this generation up to date."""
        return await self._living({"keeps": generation})

    async def _living(self, match: Document) -> int:
        heard_of = {"$gt": ["$at", {"$subtract": ["$$NOW", _GONE_AFTER_MS]}]}
        return await self._pointer.count_documents({"at": {"$exists": True}, "$expr": heard_of, **match})

    async def _begun(self) -> None:
        first = {"current": FIRST, "kept": [FIRST], "served": [FIRST], "last": FIRST}
        await self._pointer.update_one(_VIEWS, {"$setOnInsert": first}, upsert=True)


def _generations(document: Document) -> Generations:
    return Generations(
        current=document["current"],
        kept=tuple(document["kept"]),
        served=tuple(document["served"]),
        last=document["last"],
        sources={int(number): _sources(told) for number, told in document.get("sources", {}).items()},
        failed={int(number): reason for number, reason in document.get("failed", {}).items()},
    )


def _sources(told: Document) -> Sources:
    return Sources(
        consumed=tuple((topic, group) for topic, group in told["consumed"]),
        followed=tuple((stream, follower) for stream, follower in told["followed"]),
    )
