"""What is kept of calls that wait, on a real MongoDB."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.waiting_calls import WaitingCalls
from shared.mongo import connect, database
from tests.conftest import Servers

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def calls(servers: Servers, namespace: str) -> AsyncIterator[WaitingCalls]:
    """An empty collection."""
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "ingest")
        calls = WaitingCalls(own)
        await calls.prepare()
        yield calls
        await client.drop_database(own)


async def test_the_newest_word_counts_in_whatever_order_it_comes_and_once(calls: WaitingCalls) -> None:
    await calls.tell("c1", "You are next.", NOW)
    await calls.tell("c1", "You are number 2.", NOW - SECOND)
    assert await calls.next_word("c1", NOW - SECOND) == "You are next."
    await calls.tell("c1", "You are next.", NOW)
    await calls.tell("c1", "You are number 2.", NOW - SECOND)
    assert await calls.next_word("c1", NOW - SECOND) is None
    await calls.tell("c1", "It costs $5.", NOW + SECOND)
    assert await calls.next_word("c1", NOW) == "It costs $5."


async def test_what_is_too_old_is_not_said(calls: WaitingCalls) -> None:
    await calls.tell("c1", "You are next.", NOW)
    assert await calls.next_word("c1", NOW + SECOND) is None


async def test_who_is_sent_to_voicemail_is_so_until_it_is_too_late(calls: WaitingCalls) -> None:
    await calls.tell("c1", "You are next.", NOW)
    assert not await calls.is_sent_to_voicemail("c1", NOW)
    await calls.send_to_voicemail("c1", NOW + SECOND, NOW + 9 * SECOND)
    assert await calls.is_sent_to_voicemail("c1", NOW + 8 * SECOND)
    assert not await calls.is_sent_to_voicemail("c1", NOW + 9 * SECOND)
    assert not await calls.is_sent_to_voicemail("c2", NOW)
