"""Web chat over real websockets: a visitor, an agent's reply, a reload, and the two ways to leave."""

import json
import uuid
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.integration.ingest.running import Running


async def frame(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame, which must be of that kind."""
    received: dict[str, Any] = json.loads(await socket.recv())
    assert received["type"] == kind, received
    return received


async def next_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of that kind, whatever comes before it."""
    while True:
        received: dict[str, Any] = json.loads(await socket.recv())
        if received["type"] == kind:
            return received


async def say(socket: ClientConnection, text: str, own_id: str | None = None) -> dict[str, Any]:
    """Sends a message; its acknowledgement."""
    own_id = own_id or uuid.uuid4().hex
    await socket.send(json.dumps({"type": "message", "id": own_id, "text": text}))
    acknowledged = await frame(socket, "ack")
    assert acknowledged["id"] == own_id
    return acknowledged


def reply(ingest: Running, conversation: str, **message: str) -> httpx.Response:
    with ingest.client("agent", "agent-7") as client:
        return client.post(f"/v1/conversations/{conversation}/messages", json=message)


async def test_a_visitors_message_is_in_the_log_when_it_is_acknowledged(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        visitor = (await frame(socket, "welcome"))["visitor"]
        first = await say(socket, "Hello 😀")
        second = await say(socket, "Anybody there?")

    logged = await ingest.event(first["event"])
    assert logged.content["identity"] == f"webchat:{visitor}"
    assert logged.content["text"] == "Hello 😀"
    assert second["conversation"] == first["conversation"] == logged.event.data.conversation
    of_it = await ingest.logged(lambda event: event.data.conversation == first["conversation"])
    assert [one.event.type for one in of_it][:3] == [
        "hub.conversation.started.v1",
        "hub.message.received.v1",
        "hub.message.received.v1",
    ]


async def test_a_message_that_is_sent_again_is_the_same_event(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        await frame(socket, "welcome")
        assert await say(socket, "Hello", "1") == await say(socket, "Hello", "1")


async def test_an_agents_reply_reaches_the_visitor_and_the_log(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        await frame(socket, "welcome")
        conversation = (await say(socket, "Hello"))["conversation"]

        answer = reply(ingest, conversation, text="Hello, how can I help?", id="r-1")
        received = await frame(socket, "message")

    assert answer.status_code == 202, answer.text
    assert received["id"] == answer.json()["event"]
    assert (received["from"], received["text"]) == ("agent", "Hello, how can I help?")
    logged = await ingest.eventually_logged(lambda event: event.id == received["id"])
    assert logged.event.type == "hub.message.sent.v1"
    assert (logged.event.data.direction, logged.event.data.agent) == ("outbound", "agent-7")
    assert logged.content["text"] == "Hello, how can I help?"


async def test_a_reply_that_is_sent_again_is_the_same_message(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        await frame(socket, "welcome")
        conversation = (await say(socket, "Hello"))["conversation"]

        first = reply(ingest, conversation, text="Yes", id="r-2").json()
        again = reply(ingest, conversation, text="Yes", id="r-2").json()
        last = reply(ingest, conversation, text="Goodbye").json()

        assert first == again
        assert (await frame(socket, "message"))["id"] == first["event"]
        assert (await frame(socket, "message"))["id"] == last["event"]


async def test_a_page_that_is_reloaded_goes_on_with_its_chat_and_gets_what_it_missed(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        welcome = await frame(socket, "welcome")
        conversation = (await say(socket, "Hello"))["conversation"]
    missed = reply(ingest, conversation, text="While you were away").json()

    async with connect(f"{ingest.chat}?token={welcome['token']}") as socket:
        again = await frame(socket, "welcome")
        assert (again["visitor"], again["conversation"]) == (welcome["visitor"], conversation)
        assert (await frame(socket, "message"))["id"] == missed["event"]
        assert (await say(socket, "I am back"))["conversation"] == conversation


async def test_a_visitor_who_says_goodbye_ends_the_conversation(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        await frame(socket, "welcome")
        conversation = (await say(socket, "Never mind"))["conversation"]
        await socket.send('{"type": "leave"}')
        assert (await frame(socket, "ended"))["reason"] == "left"

    ended = await ingest.eventually_logged(_ended(conversation))
    assert ended.event.data.reason == "left"
    assert reply(ingest, conversation, text="Wait!").status_code == 409


async def test_a_visitor_who_stays_away_ends_the_conversation_at_the_time_of_leaving(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        welcome = await frame(socket, "welcome")
        spoken = await say(socket, "Hello")

    ended = await ingest.eventually_logged(_ended(spoken["conversation"]))
    assert ended.event.data.reason == "left"
    assert (await ingest.event(spoken["event"])).event.time <= ended.event.time < ended.event.recordedtime
    async with connect(f"{ingest.chat}?token={welcome['token']}") as socket:
        assert "conversation" not in await frame(socket, "welcome")
        assert (await say(socket, "Hello again"))["conversation"] != spoken["conversation"]


async def test_a_visitor_may_tell_who_they_are(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        visitor = (await frame(socket, "welcome"))["visitor"]
        await socket.send('{"type": "identify", "email": "Ann@Example.org", "name": "Ann"}')
        acknowledged = await frame(socket, "ack")

    logged = await ingest.event(acknowledged["event"])
    assert logged.event.type == "hub.contact.identified.v1"
    assert logged.event.data.evidence == "given_in_chat"
    assert logged.content["identity"] == f"webchat:{visitor}"
    assert logged.also == [
        {
            "identity": "email:ann@example.org",
            "name": "Ann",
            "attributes": {},
            "hub:given_identity": "email:Ann@Example.org",
        }
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        b"binary",
        "",
        '{"type": "message", "id": "1"}',
        '{"type": "message", "id": "1", "text": "\\ud800"}',
        '{"type": "identify", "email": "nobody"}',
        json.dumps({"type": "message", "id": "1", "text": "x" * 8_001}),
        json.dumps({"type": "message", "id": "1", "text": "x" * 1_000_000}),
    ],
)
async def test_a_bad_frame_is_told_so_and_the_next_good_one_passes(ingest: Running, bad: str | bytes) -> None:
    async with connect(ingest.chat) as socket:
        await frame(socket, "welcome")
        await socket.send(bad)
        assert (await frame(socket, "error"))["reason"]
        assert await say(socket, "Hello")


async def test_a_token_that_the_hub_did_not_sign_is_refused(ingest: Running) -> None:
    async with connect(f"{ingest.chat}?token={ingest.token('agent')}") as socket:
        assert "token" in (await frame(socket, "error"))["reason"]
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_a_flood_of_messages_is_slowed_down(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        await frame(socket, "welcome")
        for number in range(61):
            await socket.send(json.dumps({"type": "message", "id": str(number), "text": "x"}))
        kinds = [json.loads(await socket.recv())["type"] for _ in range(61)]

    assert kinds == ["ack"] * 60 + ["error"]


def test_only_agents_and_supervisors_may_reply(ingest: Running) -> None:
    with ingest.client("channel") as client:
        assert client.post(f"/v1/conversations/{uuid.uuid4()}/messages", json={"text": "x"}).status_code == 403


def test_a_conversation_that_does_not_exist_cannot_be_answered(ingest: Running) -> None:
    assert reply(ingest, str(uuid.uuid4()), text="Hello?").status_code == 404


def test_the_widget_is_served_as_a_script(ingest: Running) -> None:
    with ingest.client(role=None) as client:
        answer = client.get("/v1/chat/widget.js")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert "InteractionHubChat" in answer.text


def _ended(conversation: str) -> Any:  # noqa: ANN401 (a predicate on events)
    return lambda event: event.type == "hub.conversation.ended.v1" and event.data.conversation == conversation
