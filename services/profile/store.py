"""MongoDB collections of the profile service, with their indexes: timeline, identities, customers, words, looks."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from services.profile.domain.customers import Customer, joined
from services.profile.domain.finding import NAMED
from services.profile.domain.identities import MOST_NAMES, Sighting, documents
from services.profile.domain.timeline import Entry
from shared.mongo import Document, only_duplicates

FOUND_BY, WORDS = "found_by", "words"
"""The indexes that a search reads in their order."""


class Store:
    """Everything that the service keeps, all of it plain: documents can be deleted, so nothing here is sealed."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self.database = database
        self._client = database.client
        self.timeline = database["timeline"]
        self.identities = database["identities"]
        self.customers = database["customers"]
        self.looks = database["looks"]
        self.words = database["words"]
        self.tickets = database["tickets"]

    async def create_indexes(self) -> None:
        """Creates what reads are served by. Each index of the timeline costs every event that it holds."""
        await self.timeline.create_index([("identity", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)])
        await self.timeline.create_index(
            [("ref", ASCENDING), ("at", ASCENDING)], partialFilterExpression={"ref": {"$exists": True}}
        )
        await self.identities.create_index([("found_by", ASCENDING), ("_id", ASCENDING)], name=FOUND_BY)
        await self.words.create_index([("words", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name=WORDS)
        await self.words.create_index([("identity", ASCENDING), ("at", DESCENDING)])
        await self.customers.create_index([("members", ASCENDING)])
        await self.looks.create_index([("customers", ASCENDING), ("at", DESCENDING)])

    async def insert_entries(self, entries: Sequence[Entry]) -> None:
        """Puts the entries on the timeline; those that are there already stay as they are."""
        if not entries:
            return
        try:
            await self.timeline.insert_many(cast("Sequence[Document]", entries), ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):
                raise

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

    async def join(self, identity: str, also: str, place: int) -> None:
        """Makes one customer of those that the two identities (hashes) are in, at a place in the order of links.

        Doing it again changes nothing.
        """
        async with self._client.start_session() as session:
            await session.with_transaction(partial(self._join, identity, also, place))

    async def _join(self, identity: str, also: str, place: int, session: AsyncClientSession) -> None:
        found = self.customers.find({"members": {"$in": [identity, also]}}, session=session)
        before = [_customer(document) async for document in found]
        after = joined(before, identity, also, place)
        if before == [after]:
            return
        old = [customer.members[0] for customer in before]
        await self.customers.delete_many({"_id": {"$in": old}}, session=session)
        document = {"_id": after.members[0], "members": list(after.members), "since": after.since}
        await self.customers.insert_one(document, session=session)


def _customer(document: Document) -> Customer:
    return Customer(members=tuple(document["members"]), since=document["since"])


def _add(identity: Document) -> UpdateOne:
    """Adds the names; the address too, where the identity was erased and is a new person's now."""
    union = {"$setUnion": ["$names", {"$literal": identity["names"]}]}
    kept = {"$slice": [{"$sortArray": {"input": union, "sortBy": {"name": 1}}}, MOST_NAMES]}
    address = {name: {"$literal": identity[name]} for name in ("identity", "kind")}
    of_address = [key for key in identity["found_by"] if not key.startswith(NAMED)]
    words = {"$reduce": {"input": "$names.words", "initialValue": [], "in": {"$concatArrays": ["$$value", "$$this"]}}}
    of_names = {"$map": {"input": words, "in": {"$concat": [NAMED, "$$this"]}}}
    found_by = {"$setUnion": [{"$literal": of_address}, of_names]}
    return UpdateOne({"_id": identity["_id"]}, [{"$set": {**address, "names": kept}}, {"$set": {"found_by": found_by}}])
