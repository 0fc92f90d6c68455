"""The audit log of routing: every look at what was written on a customer's tickets, or at their complaints."""

from collections.abc import Callable, Iterable
from datetime import datetime

from fastapi import Request
from pymongo.asynchronous.database import AsyncDatabase

from shared.auth import Principal
from shared.contracts.customers import customer_id
from shared.looks import LookLog, LooksWanted, create_look_indexes
from shared.mongo import Document


class Looks:
    """Notes who looks at whom, before the answer is given."""

    def __init__(self, database: AsyncDatabase[Document], clock: Callable[[], datetime]) -> None:
        self._collection = database["looks"]
        self._log = LookLog(self._collection, clock)

    async def create_indexes(self) -> None:
        """Creates what it is searched by, where it is missing."""
        await create_look_indexes(self._collection)

    async def note(self, who: Principal, request: Request, identities: Iterable[str]) -> None:
        """`who` is going to see what stands in tickets of these identities; durable when this returns."""
        customers = sorted({customer_id(identity) for identity in identities})
        if customers:
            await self._log.add(who, request, customers)

    async def find(self, wanted: LooksWanted) -> list[Document]:
        """Looks, the newest first; one more than the limit says if there are more."""
        return await self._log.find(wanted)
