"""MongoDB collections of the profile service, with their indexes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import cast

from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from services.profile.domain.attributes import Statement
from services.profile.domain.finding import NAMED
from services.profile.domain.identities import MOST_NAMES, Sighting, documents, erased_document
from services.profile.domain.overview import LANDMARKS
from services.profile.domain.timeline import Entry
from shared.looks import create_look_indexes
from shared.mongo import Document, only_duplicates, unless_later

FOUND_BY, WORDS = "found_by", "words"
"""The indexes that a search reads in their order."""

TELLS_A_NAME: Document = {
    "content.name": {"$type": "string", "$ne": ""},
    "direction": {"$ne": "outbound"},
    "type": {"$not": {"$regex": r"^x\."}},  # a name in a plugin's own event may be anybody's
}
"""The entries that say what somebody is called."""

_TICKETS = r"^hub\.ticket\.(?!noted\.)"
"""What tickets put on the timeline has nothing personal in it, but for what is written on them."""


VIEWS: dict[str, str | None] = {
    "timeline": "identity",
    "identities": "_id",
    "customers": "members",
    "attributes": "identity",
    "erasures": "_id",
    "claims": "identities",
    "shared": "_id",
    "apart": "identities",
    "tickets": "identity",
    "agents": None,
    "words": "identity",
    "likeness": "_id",
    "crowded_keys": None,
}
"""Every view, and where its documents name identities, if they do."""


class Kept:
    """What follows from no log: the log of decisions itself, which is here too, and who looked at whom."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self.database = database
        self.looks = database["looks"]

    async def create_indexes(self) -> None:
        """Creates what reads are served by."""
        await create_look_indexes(self.looks)


class Store:
    """One generation of the views: everything here follows from the logs, so it can be built anew.

    All of it is plain: documents can be deleted, so nothing here is sealed.
    """

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self.database = database
        self.timeline = database["timeline"]
        self.identities = database["identities"]
        self.customers = database["customers"]
        self.attributes = database["attributes"]
        self.erasures = database["erasures"]
        self.claims = database["claims"]
        self.shared = database["shared"]
        self.apart = database["apart"]
        self.agents = database["agents"]
        self.words = database["words"]
        self.likeness = database["likeness"]
        self.crowded_keys = database["crowded_keys"]
        self.tickets = database["tickets"]

    async def create_indexes(self) -> None:
        """Creates what reads are served by. Each index of the timeline costs every event that it holds."""
        await self.timeline.create_index(
            [
                ("identity", ASCENDING),
                ("at", DESCENDING),
                ("_id", DESCENDING),
                ("conversation", ASCENDING),  # so that the index alone tells which threads a customer has
            ]
        )
        await self.timeline.create_index(
            [("ref", ASCENDING), ("at", ASCENDING)], partialFilterExpression={"ref": {"$exists": True}}
        )
        await self.identities.create_index([("found_by", ASCENDING), ("_id", ASCENDING)], name=FOUND_BY)
        await self.words.create_index([("words", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name=WORDS)
        await self.words.create_index([("identity", ASCENDING), ("at", DESCENDING)])
        await self.customers.create_index([("members", ASCENDING)])
        await self.timeline.create_index(
            [("type", ASCENDING), ("identity", ASCENDING), ("at", DESCENDING)],
            partialFilterExpression={"type": {"$in": list(LANDMARKS)}},
        )
        await self.attributes.create_index([("identity", ASCENDING)])
        await self.claims.create_index([("identities", ASCENDING)])
        await self.claims.create_index(
            [("score", DESCENDING), ("_id", ASCENDING)], partialFilterExpression={"outcome": "suggested"}
        )
        await self.likeness.create_index([("keys", ASCENDING)])
        await self.apart.create_index([("identities", ASCENDING)])
        await self.tickets.create_index([("identity", ASCENDING), ("opened", DESCENDING)])

    async def insert_entries(self, entries: Sequence[Entry]) -> None:
        """Puts the entries on the timeline; those that are there already stay as they are."""
        if not entries:
            return
        try:
            await self.timeline.insert_many(cast("Sequence[Document]", entries), ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):
                raise

    async def note_attributes(self, made: Sequence[Statement]) -> None:
        """Keeps the statements; of each identity and attribute the last one, whatever the order they come in."""
        if made:
            await self.attributes.bulk_write([_state(one) for one in made])

    async def erase(self, hashes: Sequence[str], at: datetime) -> None:
        """Deletes what is known of these identities up to a moment; their entries keep what is not personal.

        That is noted first: whoever writes what they opened before looks for it afterwards, and deletes it again.
        """
        noted = [UpdateOne({"_id": hashed}, {"$max": {"at": at}}, upsert=True) for hashed in hashes]
        await self.erasures.bulk_write(noted)
        of_them = {"identity": {"$in": list(hashes)}}
        until = [{"at": {"$lte": at}}, {"recorded": {"$lte": at}}]
        await self.words.delete_many({**of_them, "$or": until})
        personal = {**of_them, "$or": until, "erased": {"$ne": True}, "type": {"$not": {"$regex": _TICKETS}}}
        await self.timeline.update_many(personal, {"$set": {"content": {}, "erased": True}})
        await self.attributes.delete_many({**of_them, "at": {"$lte": at}})
        older = {"_id": {"$in": list(hashes)}, "$or": [{"after": {"$exists": False}}, {"after": {"$lt": at}}]}
        await self.identities.update_many(older, [{"$replaceWith": erased_document("$_id")}])

    async def forget(self, entries: Sequence[str]) -> None:
        """Deletes entries of the timeline by their ids."""
        await self.timeline.delete_many({"_id": {"$in": list(entries)}})

    async def forget_words(self, channel: str, until: datetime) -> None:
        """Deletes the words of what was said through a channel before a moment."""
        await self.words.delete_many({"channel": channel, "at": {"$lt": until}})

    async def erase_again(self, opened: Mapping[str, datetime | None]) -> None:
        """Deletes once more what is known of those among these identities that were erased meanwhile.

        opened: the erasure that was known of each when its content was opened.
        """
        async for erased in self.erasures.find({"_id": {"$in": list(opened)}}):
            known = opened[erased["_id"]]
            if known is None or known < erased["at"]:
                await self.erase([erased["_id"]], erased["at"])

    async def note_identities(self, sightings: Sequence[Sighting]) -> None:
        """Keeps the identities that were seen and the names they were told."""
        if not sightings:
            return
        seen = documents(sightings)
        try:
            await self.identities.insert_many(seen, ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):
                raise
            known = (seen[failure["index"]] for failure in error.details["writeErrors"])
            if adding := [_add(identity) for identity in known if identity["identity"] is not None]:
                await self.identities.bulk_write(adding, ordered=False)


def _state(one: Statement) -> UpdateOne:
    return unless_later({"_id": f"{one.identity} {one.name}", **asdict(one)}, "at", "event")


def _add(identity: Document) -> UpdateOne:
    """Adds the names; the address too, where the identity was erased and is a new person's now."""
    union = {"$setUnion": ["$names", {"$literal": identity["names"]}]}
    kept = {"$slice": [{"$sortArray": {"input": union, "sortBy": {"name": 1}}}, MOST_NAMES]}
    told = ("identity", "kind", "after")
    address = {name: {"$literal": identity[name]} for name in told if name in identity}
    of_address = [key for key in identity["found_by"] if not key.startswith(NAMED)]
    words = {"$reduce": {"input": "$names.words", "initialValue": [], "in": {"$concatArrays": ["$$value", "$$this"]}}}
    of_names = {"$map": {"input": words, "in": {"$concat": [NAMED, "$$this"]}}}
    found_by = {"$setUnion": [{"$literal": of_address}, of_names]}
    return UpdateOne({"_id": identity["_id"]}, [{"$set": {**address, "names": kept}}, {"$set": {"found_by": found_by}}])
