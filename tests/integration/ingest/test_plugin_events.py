"""POST /v1/events, as a plugin uses it and as a broken one does: every bad input gets its answer, and the next good
event passes."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.auth import now_utc
from shared.contracts.envelope import event_id
from shared.topics import INTERACTIONS
from tests.integration.ingest.running import Running


def event(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON values)
    """A CloudEvent that is taken, but for the changes."""
    own = uuid.uuid4().hex
    return {
        "specversion": "1.0",
        "id": own,
        "source": "/plugins/shop",
        "type": "hub.message.received.v1",
        "time": now_utc().isoformat(),
        "data": {
            "channel": "chat",
            "direction": "inbound",
            "conversation": f"C-{own}",
            "identity": "email:Ann@Bücher.example",
            "message": f"M-{own}",
            "content": {"text": "Where is my order?"},
        },
    } | changes


def saying(text: str) -> dict[str, Any]:
    sent = event()
    sent["data"]["content"]["text"] = text
    return sent


def post(ingest: Running, body: Any, media_type: str = "application/json", **headers: str) -> httpx.Response:  # noqa: ANN401 (JSON or bytes)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with ingest.client() as client:
        return client.post("/v1/events", content=content, headers={"Content-Type": media_type} | headers)


def the_next_good_one_passes(ingest: Running) -> None:
    answer = post(ingest, event())
    assert answer.status_code == 202, answer.text


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status and detail of an answer that must be a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["title"]
    return answer.status_code, body["detail"]


async def test_an_event_is_in_the_log_sealed_when_it_is_answered_with_202(ingest: Running) -> None:
    sent = event()

    answer = post(ingest, sent, "application/cloudevents+json")

    assert answer.status_code == 202, answer.text
    (item,) = answer.json()["items"]
    assert answer.json()["accepted"] == 1
    assert item["id"] == sent["id"]
    logged = await ingest.event(item["event"])
    assert logged.event.data.conversation == item["conversation"] == logged.event.partitionkey
    assert logged.event.traceparent
    assert logged.content["identity"] == "email:ann@xn--bcher-kva.example"
    assert logged.content["text"] == "Where is my order?"
    assert all(b"order?" not in value and b"ann@" not in value for value in await ingest.read(INTERACTIONS))


async def test_a_batch_is_taken_whole_and_answered_in_its_order(ingest: Running) -> None:
    batch = [event(), event(type="x.shop.order-placed"), event(type="hub.message.sent.v1")]
    del batch[1]["data"]["message"]

    answer = post(ingest, batch, "application/cloudevents-batch+json")

    assert answer.status_code == 202, answer.text
    items = answer.json()["items"]
    assert [item["id"] for item in items] == [one["id"] for one in batch]
    taken = {item["event"] for item in items}
    types = {logged.event.id: logged.event.type for logged in await ingest.logged(lambda one: one.id in taken)}
    assert [types[item["event"]] for item in items] == [one["type"] for one in batch]


async def test_a_batch_with_a_bad_event_is_not_taken_at_all(ingest: Running) -> None:
    good, bad = event(), event(type="hub.no.such.v1")

    answer = post(ingest, [good, bad])

    assert problem(answer)[0] == 422
    assert [(error["index"], error["field"]) for error in answer.json()["errors"]] == [("1", "type")]
    assert not await ingest.logged(lambda one: one.id == event_id("/plugins/shop", good["id"]))
    the_next_good_one_passes(ingest)


async def test_an_event_that_comes_again_is_the_same_event(ingest: Running) -> None:
    sent = event()

    first, again = post(ingest, sent), post(ingest, sent)

    assert first.json() == again.json()
    assert first.json()["items"][0]["event"] == event_id("/plugins/shop", sent["id"])


def test_an_event_may_come_in_binary_mode(ingest: Running) -> None:
    sent = event()
    headers = {f"ce-{name}": value for name, value in sent.items() if name != "data"}

    answer = post(ingest, sent["data"], **headers)

    assert answer.json()["items"][0]["event"] == event_id("/plugins/shop", sent["id"])


async def test_text_with_nul_and_four_byte_characters_stays_as_it_was(ingest: Running) -> None:
    answer = post(ingest, saying("a\0b 😀 \u2028"))

    logged = await ingest.event(answer.json()["items"][0]["event"])
    assert logged.content["text"] == "a\0b 😀 \u2028"


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"{", 400, "no JSON"),
        (b'{"text": "\\ud800"}', 400, "no JSON"),
        (b"\xff\xfe", 400, "no JSON"),
        (event(time="1970-01-01T00:00:00Z"), 422, "time: lies before 2000-01-01"),
        (event(time=(datetime.now(UTC) + timedelta(days=3650)).isoformat()), 422, "time: lies more than 5 minutes"),
        (event(type="hub.message.invented.v1"), 422, "type: is no event type"),
        (event(unknown=1), 422, "unknown: is not a field"),
        (
            event(data=event()["data"] | {"content": {"text": 5}}),
            422,
            "data.content.text: input should be a valid string",
        ),
        (event(data=event()["data"] | {"identity": "nobody"}), 422, "data.identity: is not kind:address"),
        (event(data=event()["data"] | {"content": {"original": {"a": 2**64}}}), 422, "data.content: has an integer"),
    ],
)
def test_a_bad_event_gets_a_clear_answer_and_the_next_good_one_passes(
    ingest: Running,
    body: Any,  # noqa: ANN401 (JSON or bytes)
    status: int,
    why: str,
) -> None:
    answer = post(ingest, body)

    code, detail = problem(answer)
    reasons = [detail, *(f"{error['field']}: {error['reason']}" for error in answer.json().get("errors", []))]
    assert code == status
    assert any(why in reason for reason in reasons), reasons
    the_next_good_one_passes(ingest)


def test_a_body_of_20_megabytes_is_refused_and_the_next_good_one_passes(ingest: Running) -> None:
    answer = post(ingest, saying("x" * 20_000_000))

    assert problem(answer) == (413, "A body may have 8388608 bytes at most. Send smaller batches.")
    the_next_good_one_passes(ingest)


def test_a_body_that_does_not_tell_its_size_is_refused_all_the_same(ingest: Running) -> None:
    with ingest.client() as client:
        pieces = (b" " * 1_000_000 for _ in range(20))
        answer = client.post("/v1/events", content=pieces, headers={"Content-Type": "application/json"})

    assert problem(answer)[0] == 413
    the_next_good_one_passes(ingest)


def test_without_a_token_nothing_is_taken(ingest: Running) -> None:
    with ingest.client(role=None) as client:
        answer = client.post("/v1/events", json=event())

    assert problem(answer)[0] == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_of_somebody_elses_hub_opens_nothing(ingest: Running) -> None:
    with ingest.client(role=None) as client:
        answer = client.post("/v1/events", json=event(), headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."})

    assert problem(answer)[0] == 401


def test_the_wrong_role_takes_nothing(ingest: Running) -> None:
    with ingest.client("agent") as client:
        answer = client.post("/v1/events", json=event())

    code, detail = problem(answer)
    assert code == 403
    assert "channel" in detail


def test_another_media_type_is_told_which_are_taken(ingest: Running) -> None:
    assert problem(post(ingest, event(), "text/plain"))[0] == 415


def test_figures_and_health_are_open(ingest: Running) -> None:
    with ingest.client(role=None) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").json()["ready"] is True
        assert "hub_events_published_total" in client.get("/metrics").text
