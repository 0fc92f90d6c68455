"""What routing knows of customers: whom each identity belongs to, by the newest `customer.known`, and who served whom.

`customers`: one document an identity (hash, `_id`). An identity without one is a customer by itself.
"""

from collections.abc import Collection, Iterable, Sequence

from pymongo import ASCENDING, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.routing.domain.customers import Belonging, Caller, caller, fold, lone
from services.routing.store import Store
from services.routing.view_store import Served
from shared.consuming import Record, Rejected
from shared.contracts.customers import CustomerEvent, identity_of
from shared.contracts.decided import Decided
from shared.mongo import Document, unless_later


class Customers:
    """Keeps whom identities belong to, and says who a caller is."""

    def __init__(self, database: AsyncDatabase[Document], store: Store) -> None:
        self._customers = database["customers"]
        self._store = store

    async def create_indexes(self) -> None:
        """Creates every index, where it is missing."""
        await self._customers.create_index([("customer", ASCENDING)])

    async def take(self, records: list[Record[Decided[CustomerEvent]]]) -> Sequence[Rejected[Decided[CustomerEvent]]]:
        """Keeps what is newer than what is known, durably; again or in another order, the same comes of it."""
        newest = fold({}, (record.event for record in records))
        if newest:
            await self._customers.bulk_write([_keep(one) for one in newest.values()], ordered=False)
        return ()

    async def callers(self, identities: Iterable[str]) -> dict[str, Caller]:
        """Who comes through each of these identities, as is known now."""
        belongings = await self._belongings(set(identities))
        members = await self._members({one.customer for one in belongings.values()})
        served = await self._store.views.last_accepted({member for group in members.values() for member in group})
        return {
            identity: caller(one, _last_agent(served[member] for member in members[one.customer] if member in served))
            for identity, one in belongings.items()
        }

    async def siblings(self, identities: Iterable[str]) -> dict[str, set[str]]:
        """For each of these identities, all that the customer who comes through it has now."""
        belongings = await self._belongings(set(identities))
        members = await self._members({one.customer for one in belongings.values()})
        return {identity: members[one.customer] | {identity} for identity, one in belongings.items()}

    async def identities(self, customer: str) -> set[str] | None:
        """The identities of the customer that an id names now, also an id from before a merge; None if it is no id."""
        named = identity_of(customer)
        if named is None:
            return None
        today = (await self._belongings({named}))[named].customer
        return (await self._members({today}))[today] | {named}

    async def _belongings(self, identities: Collection[str]) -> dict[str, Belonging]:
        found = self._customers.find({"_id": {"$in": sorted(identities)}})
        known = {document["_id"]: _belonging(document) async for document in found}
        return {identity: known.get(identity) or lone(identity) for identity in identities}

    async def _members(self, customers: Collection[str]) -> dict[str, set[str]]:
        """The identities of each customer. Its oldest is one also where nothing was told of it."""
        members = {customer: {oldest} if (oldest := identity_of(customer)) else set() for customer in customers}
        async for document in self._customers.find({"customer": {"$in": sorted(customers)}}, {"customer": 1}):
            members[document["customer"]].add(document["_id"])
        return members


def _last_agent(served: Iterable[Served]) -> str | None:
    last = max(served, key=lambda one: (one.at, one.agent), default=None)
    return None if last is None else last.agent


def _keep(one: Belonging) -> UpdateOne:
    sequence, number = one.version
    document = {
        "_id": one.identity,
        "customer": one.customer,
        "segment": one.segment,
        "account_manager": one.account_manager,
        "language": one.language,
        "sequence": sequence,
        "number": number,
    }
    return unless_later(document, "sequence", "number")


def _belonging(document: Document) -> Belonging:
    return Belonging(
        identity=document["_id"],
        customer=document["customer"],
        segment=document["segment"],
        account_manager=document["account_manager"],
        language=document["language"],
        version=(document["sequence"], document["number"]),
    )
