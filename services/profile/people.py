"""Everything about one customer, gathered for one page."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from phonenumbers import parse
from phonenumbers.timezone import time_zones_for_number

from services.profile.domain.attributes import Attributes, Statement, known
from services.profile.domain.known import LINKED, WITHDRAWN
from services.profile.domain.overview import LANDMARKS, Overview, overview
from services.profile.domain.tickets import OPEN_STATES
from services.profile.domain.timeline import Entry
from services.profile.reading import Customers, Found
from services.profile.store import Store
from shared.mongo import Document

RECENT = 500
"""So many of the newest entries are counted for habits."""

_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What stands on a customer's page. shared: words on identities being shared, by hash; plain: addresses by hash.

    phone_zone: the time zone that all the customer's phone numbers lie in, if there is one.
    """

    customer: Found
    attributes: Attributes
    overview: Overview
    tickets: list[Document]
    claims: list[Document]
    shared: dict[str, Document]
    plain: dict[str, str]
    phone_zone: str | None


def _phone_zone(customer: Found) -> str | None:
    numbers = [member["identity"] for member in customer.members if member["kind"] == "phone"]
    zones = {zone for number in numbers for zone in time_zones_for_number(parse(number.removeprefix("phone:")))}
    return zones.pop() if len(zones) == 1 else None


class People:
    """Gathers what is known of customers."""

    def __init__(self, store: Store, customers: Customers, now: Callable[[], datetime]) -> None:
        self._store = store
        self._customers = customers
        self._now = now

    async def person(self, customer: Found) -> Person:
        """Everything about the customer, by queries side by side."""
        attributes, view, tickets, (claims, shared, plain) = await asyncio.gather(
            self.attributes(customer), self._overview(customer), self._open_tickets(customer), self._evidence(customer)
        )
        return Person(
            customer=customer,
            attributes=attributes,
            overview=view,
            tickets=tickets,
            claims=claims,
            shared=shared,
            plain=plain,
            phone_zone=_phone_zone(customer),
        )

    async def holdings(self, customer: Found) -> dict[str, int]:
        """How much is kept of the customer: entries that were not erased, attributes, claims but for suggestions."""
        of_them = {"identity": {"$in": list(customer.hashes)}}
        claimed = {"identities": {"$in": list(customer.hashes)}, "outcome": {"$ne": WITHDRAWN}, "score": None}
        entries, attributes, links = await asyncio.gather(
            self._store.timeline.count_documents({**of_them, "erased": {"$ne": True}}),
            self._store.attributes.count_documents(of_them),
            self._store.claims.count_documents(claimed),
        )
        return {"entries": entries, "attributes": attributes, "links": links}

    async def attributes(self, customer: Found) -> Attributes:
        """What was stated of the customer."""
        found = self._store.attributes.find({"identity": {"$in": list(customer.hashes)}}, {"_id": 0})
        return known([Statement(**one) async for one in found])

    async def _overview(self, customer: Found) -> Overview:
        of_them = {"identity": {"$in": list(customer.hashes)}}
        timeline = self._store.timeline
        newest = timeline.find({**of_them, "part": {"$exists": False}}).sort([("at", -1), ("_id", -1)])
        kept = timeline.find({**of_them, "type": {"$in": list(LANDMARKS)}}).sort([("at", -1)])
        recent, landmarks = await asyncio.gather(newest.limit(RECENT + 1).to_list(), kept.limit(_MOST).to_list())
        return overview(
            cast("list[Entry]", recent[:RECENT]),
            cast("list[Entry]", landmarks),
            self._now(),
            complete=len(recent) <= RECENT,
        )

    async def _open_tickets(self, customer: Found) -> list[Document]:
        matching = {"identity": {"$in": list(customer.hashes)}, "state": {"$in": list(OPEN_STATES)}}
        return await self._store.tickets.find(matching).sort("opened", -1).limit(_MOST).to_list()

    async def _evidence(self, customer: Found) -> tuple[list[Document], dict[str, Document], dict[str, str]]:
        claims = [one for one in await self._customers.claims(customer.hashes) if one["outcome"] == LINKED]
        found = self._store.shared.find({"_id": {"$in": list(customer.hashes)}})
        shared = {one["_id"]: one async for one in found if one.get("declared") or one.get("seen")}
        plain = await self._customers.plain(one for claim in claims for one in claim["identities"])
        return claims, shared, plain
