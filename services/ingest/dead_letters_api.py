"""Dead letters over HTTP: what could not be taken, why, and trying it again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.ingest.store import Letters
from shared.auth import Principal, allow, now_utc
from shared.dead_letters import exhume
from shared.keyring import Keyring
from shared.paging import cursor_of, place_of
from shared.problems import Problem, ProblemDetails
from shared.publishing import Outgoing, Publisher
from shared.topics import TOPICS


class Letter(BaseModel):
    """A dead letter without its content. topic, partition, offset: its record. group: who could not take it."""

    id: str
    topic: str
    partition: int
    offset: int
    group: str
    reason: str
    at: datetime
    retried_at: datetime | None = None
    retried_by: str | None = None


class LetterPage(BaseModel):
    """Newest first. next: give it as `after` for the next page; null on the last."""

    items: list[Letter]
    next: str | None


class Retried(BaseModel):
    """The record was published again at this time."""

    id: str
    retried_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPorts:
    """What the routes work with."""

    namespace: str
    letters: Letters
    keyring: Keyring
    publisher: Publisher


def dead_letter_routes(ports: LetterPorts) -> APIRouter:
    """GET /v1/dead-letters and POST /v1/dead-letters/{id}/retry."""
    router = APIRouter(tags=["dead letters"], responses={status: {"model": ProblemDetails} for status in (401, 403)})

    @router.get("/v1/dead-letters", summary="List dead letters", dependencies=[Depends(allow("ops", "supervisor"))])
    async def list_letters(
        limit: Annotated[int, Query(ge=1, le=500)] = 50, after: Annotated[str | None, Query(max_length=200)] = None
    ) -> LetterPage:
        found = await ports.letters.page(limit + 1, place_of(after))
        items = [Letter(id=document["_id"], **document) for document in found[:limit]]
        return LetterPage(items=items, next=cursor_of(items[-1].at, items[-1].id) if len(found) > limit else None)

    @router.post("/v1/dead-letters/{letter}/retry", status_code=202, summary="Publish a dead letter's record again")
    async def retry_letter(letter: str, who: Annotated[Principal, Depends(allow())]) -> Retried:
        """Publishes the record as it was to the topic it came from. What was taken of it before is not doubled."""
        found = await ports.letters.find(letter)
        if found is None:
            raise Problem(404, "There is no such dead letter. GET /v1/dead-letters lists them.")
        topic = next((topic for topic in TOPICS if topic.within(ports.namespace) == found.topic), None)
        if topic is None:
            raise Problem(409, f"The record came from {found.topic}, which this hub does not write to.")
        value = await exhume(found, ports.keyring)
        await ports.publisher.publish(topic, [Outgoing(found.key or "", value)])
        at = now_utc()
        await ports.letters.mark_retried(letter, at, who.subject)
        return Retried(id=letter, retried_at=at)

    return router
