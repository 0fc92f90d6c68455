"""A visitor is erased in the middle of a chat: the chat ends for everybody else, and goes on as somebody new's."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import connect

from shared.contracts.codec import interactions
from shared.keyring import keyring_of
from shared.mongo import connect as connect_mongo
from shared.topics import INTERACTIONS
from tests.eventually import eventually
from tests.integration.ingest.running import Running
from tests.integration.ingest.test_chat_socket import frame, next_of, reply, say


async def erase(ingest: Running, visitor: str) -> str:
    """Erases the visitor in a process of its own; their hash."""
    async with connect_mongo(ingest.servers.mongo) as client:
        keyring = keyring_of(client, ingest.namespace, ingest.secrets_dir)
        hashed = (await keyring.hasher()).identity(f"webchat:{visitor}")
        await keyring.erase([hashed], datetime.now(UTC))
    return hashed


async def ended(ingest: Running, conversation: str) -> Any:  # noqa: ANN401 (any class of SealedInteraction)
    """The end of the conversation, once it is in the log."""

    async def look() -> list[Any]:
        found = [interactions.decode(value) for value in await ingest.read(INTERACTIONS)]
        ends = {
            event.id: event  # it may be published twice
            for event in found
            if event.type == "hub.conversation.ended.v1" and event.data.conversation == conversation
        }
        return list(ends.values())

    (event,) = await eventually(look, what="the conversation's end")
    return event


async def test_a_chat_whose_visitor_was_erased_ends_all_the_same(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        visitor = (await frame(socket, "welcome"))["visitor"]
        conversation = (await say(socket, "Hello"))["conversation"]
        hashed = await erase(ingest, visitor)

    assert (await ended(ingest, conversation)).data.identity == hashed
    with ingest.client() as client:
        assert client.get("/readyz").status_code == 200


async def test_who_was_erased_goes_on_in_a_new_chat_that_can_be_answered(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        visitor = (await frame(socket, "welcome"))["visitor"]
        old = (await say(socket, "Hello"))["conversation"]
        await erase(ingest, visitor)

        async def is_new() -> str | None:
            await socket.send(json.dumps({"type": "message", "id": uuid4().hex, "text": "Hello again"}))
            said = (await next_of(socket, "ack"))["conversation"]  # the old chat's end may be told before
            return said if said != old else None

        new = await eventually(is_new, what="ingest noticing the erasure")
        assert new is not None
        assert (await ended(ingest, old)).data.reason == "left"
        assert (await asyncio.to_thread(reply, ingest, old, text="Who are you?")).status_code == 409
        assert (await asyncio.to_thread(reply, ingest, new, text="Good morning")).status_code == 202
        assert (await next_of(socket, "message"))["text"] == "Good morning"
