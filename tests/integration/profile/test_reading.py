"""Whatever stands on a timeline, walking through it page by page shows what folding all of it at once shows."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

import pytest
import pytest_asyncio

from services.profile import timelines
from services.profile.domain.folding import Folded, entries
from services.profile.domain.pages import BEGINNING
from services.profile.domain.timeline import Entry
from services.profile.domain.wanted import Filters, Wanted
from services.profile.store import Store
from services.profile.timelines import Timelines
from shared.mongo import connect, database
from tests.conftest import Servers
from tests.sealed_events import MOMENT
from tests.unit.profile.entries import entry, ticket_event

pytestmark = pytest.mark.asyncio(loop_scope="package")

OURS = ("a" * 32, "b" * 32)
_ALL = (*OURS, "c" * 32)
_MESSAGE = ("message.sent", "message.delivered", "message.read", "message.edited", "message.deleted")
_CALL = ("call.started", "call.answered", "call.held", "call.ended", "voicemail.left")
_TICKET = ("opened", "queued", "offered", "accepted", "resolved")


@pytest_asyncio.fixture(loop_scope="package")
async def store(servers: Servers) -> AsyncIterator[Store]:
    """The collections of a service that does not run."""
    async with connect(servers.mongo) as client:
        own = database(client, f"t{Random().getrandbits(40):x}", "profile")
        made = Store(own)
        await made.create_indexes()
        yield made
        await client.drop_database(own.name)


def history(chance: Random) -> list[Entry]:
    """A timeline: much at the same minute, heads that are missing or of other people, and references used twice."""
    made: list[Entry] = []
    for number in range(chance.randint(0, 60)):
        minute, who, ref = chance.randint(0, 8), chance.choice(_ALL), f"r-{chance.randint(0, 12)}"
        channel, recorded = chance.choice(("chat", "phone")), chance.randint(0, 12)
        kind = chance.random()
        if kind < 0.2:
            one = entry("page.viewed", minute, ref=None, identity=who, recorded=recorded, channel=channel)
        elif kind < 0.5:
            text = {"text": f"text {number}"}
            name = chance.choice(_MESSAGE)
            one = entry(name, minute, text, ref=ref, identity=who, recorded=recorded, channel=channel)
        elif kind < 0.8:
            one = entry(chance.choice(_CALL), minute, ref=f"c{ref}", identity=who, recorded=recorded, channel=channel)
        else:
            one = ticket_event(chance.choice(_TICKET), number, minute)
            one |= {"identity": who, "ref": f"t{ref}", "recorded": MOMENT + timedelta(minutes=recorded)}
        one["_id"] = str(UUID(int=chance.getrandbits(128)))
        one["conversation"] = chance.choice(("c-1", "cc-1", "c.1"))
        made.append(one)
    return made


def all_at_once(events: Sequence[Entry], filters: Filters) -> list[Folded]:
    """What folding everything shows, newest first."""
    known = [one for one in events if one["identity"] in OURS]
    if filters.as_of is not None:
        known = [one for one in known if one["recorded"] <= filters.as_of]
    through = [
        one
        for one in known
        if (not filters.channels or one["channel"] in filters.channels)
        and (not filters.types or one["type"] in filters.types)
        and filters.conversation in (None, one["conversation"])
        and (filters.since is None or one["at"] >= filters.since)
        and (filters.until is None or one["at"] < filters.until)
    ]
    through.sort(key=lambda one: (one["at"], one["_id"]), reverse=True)
    return entries(through, known, parts_too=bool(filters.types))


def _filters(chance: Random) -> Filters:
    asked: dict[str, Any] = {}
    if chance.random() < 0.3:
        asked["channels"] = ("chat",)
    if chance.random() < 0.2:
        asked["types"] = ("hub.message.edited.v1", "hub.call.started.v1", "hub.ticket.accepted.v1")
    if chance.random() < 0.3:
        asked["since"] = MOMENT + timedelta(minutes=2)
    if chance.random() < 0.3:
        asked["until"] = MOMENT + timedelta(minutes=6)
    if chance.random() < 0.3:
        asked["conversation"] = "c.1" if chance.random() < 0.5 else "c-1"
    if chance.random() < 0.3:
        asked["as_of"] = MOMENT + timedelta(minutes=chance.randint(0, 12))
    return Filters(**asked)


async def _older(reading: Timelines, filters: Filters, limit: int) -> list[Folded]:
    seen: list[Folded] = []
    wanted = Wanted(filters=filters, limit=limit)
    while True:
        page = await reading.page(OURS, wanted)
        seen += page.entries
        if page.older is None:
            return seen
        assert len(page.entries) == limit, "a page is full while there is more"
        wanted = Wanted(filters=filters, limit=limit, before=page.older)


async def _newer(reading: Timelines, filters: Filters, limit: int) -> list[Folded]:
    seen: list[Folded] = []
    wanted = Wanted(filters=filters, limit=limit, after=BEGINNING)
    while True:
        page = await reading.page(OURS, wanted)
        seen = page.entries + seen
        if not page.entries:
            return seen
        wanted = Wanted(filters=filters, limit=limit, after=page.newer)


@pytest.mark.parametrize("longest", [1, 3, 1_000])
async def test_walking_either_way_shows_what_folding_everything_shows(
    store: Store, monkeypatch: pytest.MonkeyPatch, longest: int
) -> None:
    monkeypatch.setattr(timelines, "_LONGEST_STRETCH", longest)
    reading = Timelines(store)
    for seed in range(60):
        chance = Random(seed)
        events = history(chance)
        await store.timeline.delete_many({})
        if events:
            await store.timeline.insert_many([cast("dict[str, Any]", dict(one)) for one in events])
        filters, limit = _filters(chance), chance.randint(1, 7)
        expected = all_at_once(events, filters)
        assert await _older(reading, filters, limit) == expected, (seed, filters, limit)
        assert await _newer(reading, filters, limit) == expected, (seed, filters, limit)
