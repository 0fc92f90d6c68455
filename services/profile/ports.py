"""What the routes of the profile API work with, and what they have in common."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request, Response

from services.profile.attachments import Attachments
from services.profile.domain.masking import masked
from services.profile.domain.policy import Access
from services.profile.domain.rules import Classifier
from services.profile.export import Export
from services.profile.live import LiveTimeline
from services.profile.looks import Looks
from services.profile.people import People
from services.profile.readers import Readers
from services.profile.reading import Customers, Found
from services.profile.requests import Requests
from services.profile.searching import Hit, Search
from services.profile.suggestions import Suggestion, Suggestions
from services.profile.threads import Conversations
from services.profile.timelines import Timelines
from shared.auth import Principal, allow
from shared.identities import Identities, WrongIdentity
from shared.keyring import Keyring
from shared.problems import Problem
from shared.sealing import Hasher

Reader = Annotated[Principal, Depends(allow("agent", "supervisor"))]

NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "Nobody was ever seen under this id"}}

_DIALLED = re.compile(r"[+ ]?[\d\s()/.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the routes work with. readers: of the views that are current. now: the wall clock.

    country_code: of phone numbers that are searched for without one.
    """

    readers: Callable[[], Readers]
    country_code: str | None
    attachments: Attachments
    live: LiveTimeline
    looks: Looks
    identities: Identities
    hasher: Hasher
    keyring: Keyring
    classifier: Classifier
    access: Access
    requests: Requests
    now: Callable[[], datetime]

    @property
    def customers(self) -> Customers:
        """Who is who."""
        return self.readers().customers

    @property
    def timelines(self) -> Timelines:
        """What happened."""
        return self.readers().timelines

    @property
    def conversations(self) -> Conversations:
        """The same by conversation."""
        return self.readers().conversations

    @property
    def people(self) -> People:
        """Everything about one customer."""
        return self.readers().people

    @property
    def export(self) -> Export:
        """The same in one file."""
        return self.readers().export

    @property
    def search(self) -> Search:
        """Finding customers."""
        return self.readers().search

    @property
    def suggestions(self) -> Suggestions:
        """Who could be one person."""
        return self.readers().suggestions

    async def customer(self, customer: str, as_of: datetime | None = None) -> Found:
        """The customer with this id; Problem 404 if there is none."""
        found = await self.customers.by_id(customer, as_of)
        if found is None:
            raise Problem(404, "No customer has this id. Find one with GET /v1/customers?q= or /v1/timeline?identity=.")
        return found

    async def looked_at(self, who: Principal, request: Request, customer: str) -> Found:
        """The customer with this id, after the look was written down; Problem 403 if they may not, 404 for nobody."""
        found = await self.customer(customer)
        await self.looks.note(who, request, [found.id])
        return found

    def shown(self, who: Principal, customer: Found) -> Found:
        """The customer as they may see it: identities of some kinds with their end only, by the policy."""
        members = [
            {**member, "identity": member["identity"] and self.masked(who, member["identity"])}
            for member in customer.members
        ]
        return replace(customer, members=members)

    def shown_hit(self, who: Principal, hit: Hit) -> Hit:
        """A find of a search as they may see it: what is masked has no highlights, which would tell what is behind."""
        matched = hit.matched
        if matched.kind == "identity" and (told := self.masked(who, matched.value)) != matched.value:
            matched = replace(matched, value=told, highlights=())
        return Hit(customer=self.shown(who, hit.customer), matched=matched)

    def shown_pair(self, who: Principal, pair: Suggestion) -> Suggestion:
        """A suggestion as they may see it."""
        return replace(pair, one=self.shown(who, pair.one), other=self.shown(who, pair.other))

    def masked(self, who: Principal, identity: str) -> str:
        """The identity as they may see it."""
        kinds = self.access.masked.get(who.role, ()) if who.role in ("agent", "supervisor") else ()
        return masked(identity, kinds)

    def normal(self, given: str) -> str:
        """An identity as people write it, normalised; Problem 422 if it is none."""
        kind, colon, address = given.partition(":")
        if not colon:
            kind, address = ("phone" if _DIALLED.fullmatch(given) else "email"), given
        kind = kind.strip().lower()
        if kind == "phone" and address.startswith(" "):
            address = f"+{address.strip()}"  # a + that was not encoded in the URL arrives as a space
        try:
            return self.identities.normal(f"{kind}:{address.strip()}").identity
        except WrongIdentity as error:
            reason = error.reason
            raise Problem(422, f"identity {reason}.", errors=[{"field": "identity", "reason": reason}]) from error


def sees_deleted(who: Principal) -> bool:
    """Whether the contents of deleted messages are shown to them, in the history."""
    return who.role in ("supervisor", "admin")


def json_response(body: dict[str, Any], status: int = 200) -> Response:
    """The body as JSON, with times in UTC."""
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), status, media_type="application/json")
