"""Which chats are over, on a real MongoDB: also those whose process died with its visitors."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.store import CHAT_LEASE, Chat, Chats
from shared.mongo import connect, database
from tests.conftest import Servers

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
GRACE = timedelta(seconds=10)


@pytest.fixture
async def chats(servers: Servers) -> AsyncIterator[Chats]:
    """An empty collection."""
    name = f"t{uuid.uuid4().hex[:10]}"
    async with connect(servers.mongo) as client:
        own = database(client, name, "ingest")
        collection = Chats(own)
        await collection.prepare()
        yield collection
        await client.drop_database(own.name)


def chat(visitor: str = "v1", at: datetime = NOW) -> Chat:
    return Chat(id=str(uuid.uuid4()), identity=visitor, visitor="sealed", at=at, seen=at)


async def test_a_visitor_has_one_open_chat_however_many_pages_are_open(chats: Chats) -> None:
    first = await chats.open(chat())

    assert await chats.open(chat()) == first
    assert await chats.of_visitor("v1") == first


async def test_a_chat_that_nobody_left_goes_on(chats: Chats) -> None:
    one = await chats.open(chat())
    later = NOW + CHAT_LEASE + timedelta(seconds=1)
    await chats.vouch([one.id], later)

    assert await chats.abandoned(later + GRACE, GRACE) == []


async def test_a_chat_ends_when_the_grace_time_is_over_at_the_time_the_visitor_left(chats: Chats) -> None:
    one = await chats.open(chat())
    left = NOW + timedelta(seconds=5)
    await chats.leave(one.id, left)

    assert await chats.abandoned(left + GRACE, GRACE) == []
    (ended,) = await chats.abandoned(left + GRACE + timedelta(seconds=1), GRACE)
    assert (ended.id, ended.ended, ended.reason) == (one.id, left, "left")


async def test_a_visitor_who_left_while_the_chat_was_vouched_for_is_gone(chats: Chats) -> None:
    one = await chats.open(chat())
    left = NOW + timedelta(seconds=5)
    await chats.leave(one.id, left)
    await chats.vouch([one.id], left - timedelta(milliseconds=20))

    (ended,) = await chats.abandoned(left + GRACE + timedelta(seconds=1), GRACE)
    assert (ended.id, ended.ended) == (one.id, left)


async def test_a_visitor_who_came_back_is_not_gone(chats: Chats) -> None:
    one = await chats.open(chat())
    left = NOW + timedelta(seconds=5)
    await chats.leave(one.id, left)
    await chats.vouch([one.id], left + timedelta(seconds=1))

    assert await chats.abandoned(left + GRACE + timedelta(seconds=1), GRACE) == []


async def test_a_chat_that_no_process_vouches_for_has_ended(chats: Chats) -> None:
    one = await chats.open(chat())

    (ended,) = await chats.abandoned(NOW + CHAT_LEASE + timedelta(seconds=1), GRACE)

    assert ended == replace(one, state="ending", ended=NOW, reason="left")


async def test_an_end_that_was_not_published_is_published_by_whoever_looks_next(chats: Chats) -> None:
    one = await chats.open(chat())
    await chats.end(one.id, NOW, "left")

    assert [chat.id for chat in await chats.abandoned(NOW, GRACE)] == [one.id]
    await chats.close(one.id)
    assert await chats.abandoned(NOW, GRACE) == []


async def test_coming_back_in_time_keeps_the_chat_open(chats: Chats) -> None:
    one = await chats.open(chat())
    await chats.leave(one.id, NOW)

    assert await chats.touch(one.id, NOW + timedelta(seconds=9))
    assert await chats.abandoned(NOW + timedelta(seconds=30), GRACE) == []


async def test_a_chat_that_has_ended_cannot_be_gone_on_with(chats: Chats) -> None:
    one = await chats.open(chat())
    await chats.end(one.id, NOW, "left")

    assert not await chats.touch(one.id, NOW)
    assert await chats.of_visitor("v1") is None
    assert (await chats.open(chat())).id != one.id
