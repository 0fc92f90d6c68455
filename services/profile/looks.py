"""Who may look at whom, and the audit log: every look at a customer is written down before the answer is given."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from fastapi import Request

from services.profile.domain.policy import Access
from services.profile.merged import Merged
from services.profile.store import Kept, Store
from shared.auth import Principal
from shared.contracts.customers import identity_of
from shared.looks import LookLog, LooksWanted
from shared.mongo import Document
from shared.problems import Problem


class Looks:
    """The audit log, and the gate before it."""

    def __init__(self, kept: Kept, views: Callable[[], Store], access: Access, clock: Callable[[], datetime]) -> None:
        self._log = LookLog(kept.looks, clock)
        self._views = views
        self._access = access

    async def note(
        self, who: Principal, request: Request, customers: Sequence[str], hidden: Collection[str] | None = None
    ) -> None:
        """`who` is going to see these customers (ids); durable when this returns. Problem 403 if they may not.

        hidden: those whom they may not see, where that was found out already.
        """
        if hidden is None:
            hidden = await self.hidden(who, customers)
        if any(customer in hidden for customer in customers):
            raise Problem(403, f"{who.subject} sees customers of the own pool's tickets only; this is none of them.")
        await self._log.add(who, request, customers)

    def sees_everybody(self, who: Principal) -> bool:
        """Whether they may see any customer, and so look for some."""
        return who.role == "admin" or who.role in self._access.any_customer

    async def find(self, wanted: LooksWanted) -> list[Document]:
        """Looks, the newest first; one more than the limit says if there are more."""
        return await self._log.find(wanted)

    async def hidden(self, who: Principal, customers: Iterable[str]) -> set[str]:
        """Those of these customers (ids) whom they may not see: all but those who have or had a ticket in the pool that
        the agent last signed in to, unless they may see everybody.
        """
        asked = set(customers)
        if self.sees_everybody(who) or not asked:
            return set()
        views = self._views()
        hashes = {customer: hashed for customer in asked if (hashed := identity_of(customer))}
        agent, groups = await asyncio.gather(
            views.agents.find_one({"_id": who.subject}), Merged(views).members(sorted(hashes.values()))
        )
        served = await _with_ticket(views, set(groups.values()), agent["pool"]) if agent else set()
        return {customer for customer in asked if customer not in hashes or groups[hashes[customer]] not in served}


async def _with_ticket(views: Store, groups: Collection[tuple[str, ...]], pool: str) -> set[tuple[str, ...]]:
    """Those of these customers, given by their identities, who have or had a ticket in the pool."""
    one_of_theirs = {
        "from": views.tickets.name,
        "localField": "members",
        "foreignField": "identity",
        "pipeline": [{"$match": {"pool": pool}}, {"$limit": 1}, {"$project": {"_id": 1}}],
        "as": "tickets",
    }
    asked = [{"members": list(group)} for group in groups]
    found = await views.database.aggregate([{"$documents": asked}, {"$lookup": one_of_theirs}])
    return {tuple(one["members"]) async for one in found if one["tickets"]}
