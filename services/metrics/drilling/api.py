"""The HTTP API of what is behind figures: the contacts and tickets that count in one, and their events."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from services.metrics.api import Definitions
from services.metrics.domain.dimensions import ALL, Key
from services.metrics.domain.drill import NOT_LISTED, parts_of_all
from services.metrics.domain.kpis import ALTERNATIVES, Choice
from services.metrics.domain.windows import MICROSECONDS, end_of, moment_of, time_of
from services.metrics.drilling.reading import Asked, Drill, Found, Place
from services.metrics.drilling.shapes import ContactPage, EventList, EventShown, shown
from services.metrics.live import told_definitions
from shared.auth import allow
from shared.contracts import codec
from shared.contracts.kpis import KpiGrouping
from shared.contracts.values import Name
from shared.paging import cursor_of, place_of
from shared.problems import Problem

_readers = Depends(allow("supervisor", "ops"))
_NOW = ("waiting", "oldest_wait", "backlog")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)


class ContactsQuery(BaseModel):
    """Which figure's contacts. from, to: with an offset; what counts after `from` and until `to`. by, of: the key, such
    as queue and sales. kpi: every KPI of an interval unless told, or waiting, oldest_wait or backlog, which are of now.
    part: only those that count for this part of it, such as abandoned.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kpi: Name | None = None
    since: Annotated[datetime | None, Field(alias="from")] = None
    until: Annotated[datetime | None, Field(alias="to")] = None
    by: KpiGrouping = "all"
    of: Name | None = None
    definition: Definitions = "strict"
    part: Name | None = None
    cursor: Annotated[str | None, Field(max_length=1_000)] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100

    @property
    def key(self) -> Key:
        """What the figure is of; Problem 422 if `by` and `of` do not go together."""
        if (self.by == "all") != (self.of is None):
            raise Problem(422, f"`of` says which {self.by} is meant; leave it out with by=all, and only then.")
        return ALL if self.of is None else (self.by, self.of)

    @property
    def after(self) -> Place | None:
        """The place behind which the page begins; Problem 422."""
        place = place_of(self.cursor)
        if place is None:
            return None
        at, name = place
        return Place(moment=moment_of(at if at.tzinfo else at.replace(tzinfo=UTC)), name=name)


def drill_routes(drill: Callable[[], Drill], clock: Callable[[], datetime]) -> APIRouter:
    """The routes under /v1/kpis/contacts."""
    router = APIRouter(prefix="/v1/kpis/contacts", dependencies=[_readers])

    @router.get("", response_model_by_alias=True, summary="The contacts behind a figure")
    async def get_contacts(query: Annotated[ContactsQuery, Query()]) -> ContactPage:
        """The parts of all items on all pages add up to what the figure is calculated from. A contact that comes or
        changes while pages are asked for shows on them as it was when its page was.
        """
        key, choice, now = query.key, Choice.of(query.definition.split(",")), clock()
        if query.kpi in _NOW:
            return await _of_now(drill(), query, key, moment_of(now))
        parts = _parts(query, choice)
        begin, end = _time(query, now)
        wanted = frozenset({query.part}) if query.part else parts
        asked = Asked(key=key, parts=wanted, begin=begin, end=end)
        found = await drill().page(asked, query.after, query.limit + 1)
        if not found:
            await _known(drill(), key, moment_of(now))
        told = [one for one in told_definitions(choice) if query.kpi in (None, one.kpi)]
        return ContactPage(
            since=time_of(begin),
            until=time_of(end),
            key=_shown_key(key),
            kpi=query.kpi,
            definitions=told,
            parts=sorted(parts),
            items=[shown(one) for one in found[: query.limit]],
            next=_next(found, query.limit),
        )

    @router.get("/{ticket:path}/events", summary="The events of a contact's ticket")
    async def get_events(
        ticket: Annotated[Name, Path()], stay: Annotated[int | None, Query(ge=0, le=1_000_000)] = None
    ) -> EventList:
        """All, or those of one stay in a queue, as they stand in hub.tickets.v1."""
        found = await drill().events(ticket)
        if not found:
            raise Problem(404, f"There is no ticket {ticket}. GET /v1/kpis/contacts lists those behind a figure.")
        items = [
            EventShown(stay=of, event=orjson.loads(codec.tickets.encode(event)))
            for of, event in found
            if stay is None or of == stay
        ]
        if not items:
            raise Problem(404, f"The ticket {ticket} has no stay {stay}. Leave `stay` out for all of its events.")
        return EventList(items=items)

    return router


def _parts(query: ContactsQuery, choice: Choice) -> frozenset[str]:
    if query.kpi is not None and query.kpi not in ALTERNATIVES:
        raise Problem(422, f"No contacts are behind {query.kpi!r}; there are {', '.join((*ALTERNATIVES, *_NOW))}.")
    parts = parts_of_all(choice, query.kpi) - NOT_LISTED
    if not parts:
        raise Problem(
            422,
            f"{query.kpi} is counted only. The interactions themselves are on their customers' timelines: GET"
            " /v1/customers/{id}/timeline of profile, for whoever may see the customer.",
        )
    if query.part is not None and query.part not in parts:
        raise Problem(422, f"{query.part!r} is no part of it; there are {', '.join(sorted(parts))}.")
    return parts


def _time(query: ContactsQuery, now: datetime) -> tuple[int, int]:
    """(begin, end] in microseconds since 1970, until the running second at most; Problem 422."""
    since, until = query.since, query.until
    if since is None or until is None or since.tzinfo is None or until.tzinfo is None:
        raise Problem(422, "`from` and `to` are needed, each with an offset, as in 2026-11-22T09:00:00+01:00 or …Z.")
    if since >= until:
        raise Problem(422, "`from` has to be before `to`.")
    if since < _EARLIEST:
        raise Problem(422, f"`from` is before {_EARLIEST:%Y}, when there was nothing to count. Ask for later.")
    if until > now + _AHEAD or since > now:
        raise Problem(422, "That lies in the future; nothing has counted there yet. Ask until now at most.")
    return moment_of(since), min(moment_of(until), end_of(now) * MICROSECONDS)


async def _of_now(drill: Drill, query: ContactsQuery, key: Key, now: int) -> ContactPage:
    if query.since or query.until or query.part:
        raise Problem(422, f"{query.kpi} is of now; leave `from`, `to` and `part` out.")
    read = drill.backlog if query.kpi == "backlog" else drill.waiting
    found = await read(key, query.after, query.limit + 1)
    if not found:
        await _known(drill, key, now)
    return ContactPage(
        since=None,
        until=None,
        key=_shown_key(key),
        kpi=query.kpi,
        definitions=[],
        parts=[],
        items=[shown(one) for one in found[: query.limit]],
        next=_next(found, query.limit),
    )


async def _known(drill: Drill, key: Key, now: int) -> None:
    if not await drill.is_known(key, now):
        raise Problem(404, f"Nothing was ever counted for the {key[0]} {key[1]!r}. Is it spelt as in the figures?")


def _shown_key(key: Key) -> dict[str, str]:
    return {} if key == ALL else {key[0]: key[1]}


def _next(found: list[Found], limit: int) -> str | None:
    if len(found) <= limit:
        return None
    last = found[limit - 1].place
    return cursor_of(time_of(last.moment), last.name)
