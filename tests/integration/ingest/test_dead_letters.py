"""Dead letters: listed without their content, page by page, and tried again."""

import json
import uuid
from typing import Any

from shared.topics import INTERACTIONS, OUTBOUND
from tests.eventually import eventually
from tests.integration.ingest.running import Running


def page(ingest: Running, **query: str) -> dict[str, Any]:
    with ingest.client("ops") as client:
        answer = client.get("/v1/dead-letters", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def buried(ingest: Running, value: bytes, key: str) -> dict[str, Any]:
    """The dead letter of a record that ingest itself cannot take: it came to hub.outbound.v1."""
    known = {letter["id"] for letter in page(ingest, limit="500")["items"]}
    await ingest.publish(OUTBOUND, key, value)

    async def new() -> list[dict[str, Any]]:
        return [letter for letter in page(ingest, limit="500")["items"] if letter["id"] not in known]

    found: list[dict[str, Any]] = await eventually(new, what="the dead letter being listed")
    return found[0]


async def test_a_record_that_no_model_accepts_is_listed_with_the_reason_but_not_its_content(ingest: Running) -> None:
    letter = await buried(ingest, b'{"secret": "of ann@example.org"}', "C-1")

    assert letter["topic"] == OUTBOUND.within(ingest.namespace)
    assert letter["group"].endswith("ingest.outbound")
    assert letter["reason"]
    assert letter.keys() == {
        "id", "topic", "partition", "offset", "group", "reason", "at", "retried_at", "retried_by"
    }  # fmt: skip
    assert "ann" not in json.dumps(letter)


async def test_an_event_that_no_channel_could_send_is_a_dead_letter_too(ingest: Running) -> None:
    with ingest.client() as client:
        sent = client.post("/v1/events", json=_call()).json()["items"][0]
    record = next(value for value in await ingest.read(INTERACTIONS) if sent["event"].encode() in value)

    letter = await buried(ingest, record, sent["conversation"])

    assert "hub.call.started.v1" in letter["reason"]


async def test_a_letter_that_is_retried_is_published_as_it_was_and_marked(ingest: Running) -> None:
    value = json.dumps({"not": uuid.uuid4().hex}).encode()
    letter = await buried(ingest, value, "C-2")

    with ingest.client("admin", "boss") as client:
        answer = client.post(f"/v1/dead-letters/{letter['id']}/retry")

    assert answer.status_code == 202, answer.text
    assert (await ingest.read(OUTBOUND)).count(value) == 2
    listed = {one["id"]: one for one in page(ingest, limit="500")["items"]}
    assert listed[letter["id"]]["retried_by"] == "boss"


async def test_the_list_comes_in_pages_newest_first(ingest: Running) -> None:
    for number in range(3):
        await buried(ingest, f"broken {number}".encode(), "C-3")

    whole = page(ingest, limit="500")["items"]
    first = page(ingest, limit="2")
    second = page(ingest, limit="2", after=first["next"])

    assert whole == sorted(whole, key=lambda letter: (letter["at"], letter["id"]), reverse=True)
    assert [one["id"] for one in first["items"] + second["items"]] == [one["id"] for one in whole[:4]]
    assert page(ingest, limit="500")["next"] is None


def test_who_may_look_and_who_may_retry(ingest: Running) -> None:
    statuses = {}
    for role in ("agent", "supervisor", "ops", "channel"):
        with ingest.client(role) as client:
            statuses[role] = (
                client.get("/v1/dead-letters").status_code,
                client.post("/v1/dead-letters/x/retry").status_code,
            )

    assert statuses == {"agent": (403, 403), "supervisor": (200, 403), "ops": (200, 403), "channel": (403, 403)}


def test_a_letter_or_cursor_that_does_not_exist_is_told_so(ingest: Running) -> None:
    with ingest.client("admin") as client:
        assert client.post("/v1/dead-letters/x/retry").status_code == 404
        assert client.get("/v1/dead-letters", params={"after": "nonsense"}).status_code == 422


def _call() -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/plugins/pbx",
        "type": "hub.call.started.v1",
        "data": {
            "channel": "phone",
            "direction": "inbound",
            "conversation": uuid.uuid4().hex,
            "identity": "phone:+4915112345678",
            "content": {},
        },
    }
