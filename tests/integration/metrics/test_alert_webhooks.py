"""Others are told of alerts: signed, again and again until they take it, and no secret is ever shown."""

from collections.abc import Iterator

import pytest

from shared.contracts.codec import kpis
from shared.contracts.kpi_deviations import KpisDeviated
from shared.mongo import connect, database
from shared.publishing import Publisher
from tests.eventually import eventually
from tests.integration.metrics.alerts import alert_once, put_rule
from tests.integration.metrics.example import worked_example
from tests.integration.metrics.log import publish_tickets
from tests.integration.metrics.receiver import SECRET, Posted, Receiver, receiving
from tests.integration.running_service import Json, RunningService


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


async def put(metrics: RunningService, name: str, **fields: str) -> Json:
    async with metrics.client("admin") as admin:
        answer = await admin.put(f"/v1/alert-webhooks/{name}", json=fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def told(receiver: Receiver, queue: str, count: int) -> list[Posted]:
    """What the receiver took of a queue, once there is so much."""

    async def look() -> list[Posted] | None:
        found = [one for one in receiver.taken if one.json["data"]["queue"] == queue]
        return found if len(found) >= count else None

    found = await eventually(look, within=40, what=f"{count} events of {queue}")
    assert found is not None
    return found


async def test_a_receiver_is_told_again_until_it_takes_what_is_signed(
    metrics: RunningService, publisher: Publisher, receiver: Receiver
) -> None:
    receiver.answer = lambda request: 503 if request == 0 else 204
    await put(metrics, "stubborn", url=f"{receiver.url}/hook?of=hub", secret=SECRET)
    await publish_tickets(publisher, worked_example("told"))
    async with metrics.client("supervisor") as client:
        await put_rule(client, "told")
        alert = await alert_once(client, "told")
        await eventually(lambda: _has_failed(metrics, "stubborn"), what="a failure that is shown")
        (posted,) = await told(receiver, "told", 1)
        assert [one.headers["webhook-id"] for one in receiver.posted] == [posted.headers["webhook-id"]] * 2
        assert [one.body for one in receiver.posted] == [posted.body] * 2
        assert all(one.is_signed() for one in receiver.posted)
        assert not posted.is_signed(bytes(32))
        assert (posted.path, posted.headers["content-type"]) == ("/hook?of=hub", "application/cloudevents+json")
        event = kpis.decode(posted.body)
        assert isinstance(event, KpisDeviated)
        assert event.id == posted.headers["webhook-id"]
        assert (event.data.alert, event.data.change, event.data.value) == (alert["id"], "began", 0.375)
        await put_rule(client, "told", enabled=False)
        assert (await told(receiver, "told", 2))[1].json["data"]["change"] == "ended"
    async with metrics.client("admin") as admin:
        assert (await admin.delete("/v1/alert-webhooks/stubborn")).status_code == 204


async def _has_failed(metrics: RunningService, name: str) -> bool:
    async with metrics.client("ops") as ops:
        shown = (await ops.get(f"/v1/alert-webhooks/{name}/deliveries")).json()["items"]
        return bool(shown) and (shown[0]["failure"], shown[0]["state"]) == ("it answered 503", "waiting")


async def test_a_redirect_is_a_failure_and_is_not_followed(
    metrics: RunningService, publisher: Publisher, receiver: Receiver
) -> None:
    with receiving() as elsewhere:
        receiver.answer, receiver.moved_to = (lambda _: 307), elsewhere.url
        await put(metrics, "moved", url=receiver.url, secret=SECRET)
        await publish_tickets(publisher, worked_example("moved"))
        async with metrics.client("supervisor") as client, metrics.client("admin") as admin:
            await put_rule(client, "moved")

            async def failure() -> str | None:
                items = (await client.get("/v1/alert-webhooks")).json()["items"]
                (one,) = [item for item in items if item["id"] == "moved"]
                return str(one["last_failure"]["reason"]) if one["last_failure"] else None

            assert await eventually(failure, what="a failure") == "it answered 307; redirects are not followed"
            assert elsewhere.posted == []
            assert (await admin.delete("/v1/alert-webhooks/moved")).status_code == 204
            assert (await admin.delete("/v1/alert-webhooks/moved")).status_code == 404
            assert (await client.get("/v1/alert-webhooks/moved/deliveries")).status_code == 404


async def test_an_alertmanager_is_told_what_is_so_now(
    metrics: RunningService, publisher: Publisher, receiver: Receiver
) -> None:
    await put(metrics, "prometheus", url=f"{receiver.url}/", kind="alertmanager")
    await publish_tickets(publisher, worked_example("managed"))
    async with metrics.client("supervisor") as client:
        await put_rule(client, "managed")
        alert = await alert_once(client, "managed", level="warning")
        await put_rule(client, "managed", critical=0.5)
        await alert_once(client, "managed", level="critical")
        await put_rule(client, "managed", enabled=False)

        async def look() -> dict[str, Json] | None:
            for posted in receiver.posted:
                found = {one["labels"]["severity"]: one for one in posted.json if one["labels"]["queue"] == "managed"}
                if len(found) == 2 and found["critical"]["endsAt"][:19] == ended["ended"][:19]:
                    return found
            return None

        ended = await alert_once(client, "managed", "all", level="ok")
        found = await eventually(look, what="both severities ended")
    assert found is not None
    assert {posted.path for posted in receiver.posted} == {"/api/v2/alerts"}
    assert found["warning"]["endsAt"] == found["critical"]["startsAt"]
    labels = {"alertname": "KpiTargetMissed", "namespace": metrics.namespace, "kpi": "service_level"}
    assert labels.items() <= found["critical"]["labels"].items()
    assert found["critical"]["generatorURL"] == f"{metrics.url}/v1/alerts/{alert['id']}"
    async with metrics.client("admin") as admin:
        await admin.delete("/v1/alert-webhooks/prometheus")


async def test_a_secret_is_kept_sealed_and_never_shown(metrics: RunningService, receiver: Receiver) -> None:
    shown = await put(metrics, "secretive", url=receiver.url, secret=SECRET)
    kept = await put(metrics, "secretive", url=f"{receiver.url}/other")
    assert (shown["has_secret"], kept["has_secret"], kept["url"]) == (True, True, f"{receiver.url}/other")
    async with metrics.client("ops") as ops:
        assert SECRET not in (await ops.get("/v1/alert-webhooks")).text
    async with connect(metrics.servers.mongo) as mongo:
        webhooks = database(mongo, metrics.namespace, "metrics")["alert_webhooks"]
        stored = await webhooks.find_one({"_id": "secretive"})
    assert stored is not None
    assert SECRET not in str(stored)
    assert SECRET.removeprefix("whsec_") not in str(stored)
    async with metrics.client("admin") as admin:
        await admin.delete("/v1/alert-webhooks/secretive")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"url": "ftp://x.example", "secret": SECRET}, "begins with http:// or https://"),
        ({"url": "file:///etc/passwd", "secret": SECRET}, "begins with http:// or https://"),
        ({"url": "http://", "secret": SECRET}, "names a host"),
        ({"url": "http://ann:pw@x.example", "secret": SECRET}, "no user or password"),
        ({"url": "http://x.example/#a", "secret": SECRET}, "no fragment"),
        ({"url": "http://x.example", "secret": "hunter2"}, "24 to 64 random bytes"),
        ({"url": "http://x.example"}, "secret is missing"),
        ({"url": "http://x.example", "kind": "alertmanager", "secret": SECRET}, "checks no signatures"),
        ({"url": "http://x.example?a=b", "kind": "alertmanager"}, "no query"),
        ({"url": "http://x.example", "kind": "pager", "secret": SECRET}, "'hub' or 'alertmanager'"),
        ({"url": "http://x.example:99999", "secret": SECRET}, "names a host"),
        ({"url": "http://[::1", "secret": SECRET}, "names a host"),
        ({}, "Field required"),
    ],
)
async def test_a_webhook_that_cannot_be_is_refused(metrics: RunningService, fields: Json, reason: str) -> None:
    async with metrics.client("admin") as admin:
        answer = await admin.put("/v1/alert-webhooks/refused", json=fields)
        assert answer.status_code == 422
        assert reason in answer.text
        assert "hunter2" not in answer.text
        assert "refused" not in (await admin.get("/v1/alert-webhooks")).text


async def test_only_administrators_say_where_the_hub_posts_to(metrics: RunningService, receiver: Receiver) -> None:
    async with metrics.client("supervisor") as supervisor, metrics.client("agent") as agent:
        wanted = {"url": receiver.url, "secret": SECRET}
        assert (await supervisor.put("/v1/alert-webhooks/mine", json=wanted)).status_code == 403
        assert (await supervisor.delete("/v1/alert-webhooks/mine")).status_code == 403
        assert (await agent.get("/v1/alert-webhooks")).status_code == 403
        assert (await agent.get("/v1/alerts")).status_code == 403
