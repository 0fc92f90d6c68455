"""Alerts begin, are looked after, and end; everybody sees why."""

from shared.contracts.codec import kpis
from shared.contracts.kpi_deviations import Deviation, KpisDeviated
from shared.publishing import Publisher
from shared.topics import KPIS
from tests.conftest import Servers
from tests.integration.metrics.alerts import alert_once, alerts_of, put_rule
from tests.integration.metrics.example import worked_example
from tests.integration.metrics.log import publish_tickets
from tests.integration.metrics.reading import records
from tests.integration.running_service import RunningService


async def test_an_alert_begins_worsens_is_looked_after_and_ends(
    metrics: RunningService, publisher: Publisher, servers: Servers
) -> None:
    await publish_tickets(publisher, worked_example("alerting"))
    async with metrics.client("supervisor", "sue") as sue:
        await put_rule(sue, "alerting")
        alert = await alert_once(sue, "alerting", level="warning")
        assert (alert["kpi"], alert["value"], alert["is_known"], alert["acknowledged"]) == (
            "service_level",
            0.375,
            True,
            None,
        )
        answer = await sue.post(f"/v1/alerts/{alert['id']}/acknowledge", json={"note": "two more agents"})
        assert answer.status_code == 200, answer.text
        assert (answer.json()["acknowledged"]["by"], answer.json()["acknowledged"]["note"]) == (
            "sue",
            "two more agents",
        )
        await put_rule(sue, "alerting", critical=0.5)
        worse = await alert_once(sue, "alerting", level="critical")
        assert (worse["id"], worse["acknowledged"]["by"]) == (alert["id"], "sue")
        await put_rule(sue, "alerting", enabled=False)
        ended = await alert_once(sue, "alerting", "all", level="ok")
        assert [(step["change"], step["cause"], step["value"]) for step in ended["deviations"]] == [
            ("began", "figures", 0.375),
            ("worsened", "figures", 0.375),
            ("ended", "rule", None),
        ]
        assert (ended["id"], ended["value"], ended["acknowledged"]["by"]) == (alert["id"], None, "sue")
        assert await alerts_of(sue, "alerting") == []
        assert (await sue.get(f"/v1/alerts/{alert['id']}")).json() == ended
    found = await _deviations(servers, metrics.namespace, "alerting", 3)
    assert [(one.alert, one.number, one.change, one.after) for one in found] == [
        (alert["id"], 1, "began", "warning"),
        (alert["id"], 2, "worsened", "critical"),
        (alert["id"], 3, "ended", "ok"),
    ]
    assert found[0].rule.critical == 0.2
    assert found[1].rule.critical == 0.5
    assert found[0].version != found[1].version


async def _deviations(servers: Servers, namespace: str, queue: str, count: int) -> list[Deviation]:
    """The first deviations of a queue in Kafka."""
    found: list[Deviation] = []
    async for value in records(servers, KPIS.within(namespace)):
        event = kpis.decode(value)
        if isinstance(event, KpisDeviated) and event.data.queue == queue:
            found.append(event.data)
        if len(found) == count:
            break
    return found


async def test_an_alert_stays_as_it_is_while_too_little_is_known(metrics: RunningService, publisher: Publisher) -> None:
    await publish_tickets(publisher, worked_example("quiet"))
    async with metrics.client("supervisor") as client:
        await put_rule(client, "quiet", minimum_volume=100)
        await put_rule(client, "quiet-but-known")
        await put_rule(client, "*", minimum_volume=5)
        await alert_once(client, "*", kpi="service_level")  # so the rules were looked at
        assert await alerts_of(client, "quiet") == []
        await put_rule(client, "quiet")
        alert = await alert_once(client, "quiet", is_known=True)
        await put_rule(client, "quiet", minimum_volume=100)
        unknown = await alert_once(client, "quiet", is_known=False)
        assert (unknown["id"], unknown["level"], unknown["value"]) == (alert["id"], "warning", None)


async def test_an_alert_is_acknowledged_once_and_while_it_is_open(
    metrics: RunningService, publisher: Publisher
) -> None:
    await publish_tickets(publisher, worked_example("twice"))
    async with metrics.client("supervisor", "sue") as sue, metrics.client("supervisor", "tom") as tom:
        await put_rule(sue, "twice")
        path = f"/v1/alerts/{(await alert_once(sue, 'twice'))['id']}/acknowledge"
        assert (await sue.post(path, json={})).status_code == 200
        again = await tom.post(path, json={"note": "me too"})
        assert again.status_code == 409
        assert again.json()["detail"].startswith("sue acknowledged it at ")
        await put_rule(sue, "twice", warning=0.3)
        await alert_once(sue, "twice", "all", level="ok")
        late = await tom.post(path, json={})
        assert late.status_code == 409
        assert "The alert ended at " in late.json()["detail"]
        unknown = await tom.post("/v1/alerts/none/acknowledge", json={})
        assert (unknown.status_code, "state=all" in unknown.json()["detail"]) == (404, True)
        assert (await tom.post(path, json={"note": "x" * 2_001})).status_code == 422


async def test_the_history_is_read_page_by_page(metrics: RunningService, publisher: Publisher) -> None:
    queues = [f"paged-{number}" for number in range(3)]
    async with metrics.client("supervisor") as client:
        for queue in queues:
            await publish_tickets(publisher, worked_example(queue))
            await put_rule(client, queue)
        for queue in queues:
            await alert_once(client, queue)
        whole = (await client.get("/v1/alerts", params={"state": "all"})).json()["items"]
        paged, cursor = [], None
        while True:
            query: dict[str, str] = {"state": "all", "limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/v1/alerts", params=query)).json()
            paged += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        assert [alert["id"] for alert in paged] == [alert["id"] for alert in whole]
        assert [alert["began"] for alert in paged] == sorted((alert["began"] for alert in paged), reverse=True)
        wrong = await client.get("/v1/alerts", params={"cursor": "nonsense"})
        assert (wrong.status_code, "Leave it out" in wrong.json()["detail"]) == (422, True)
        assert (await client.get("/v1/alerts", params={"state": "shut"})).status_code == 422
        assert (await client.get("/v1/alerts/none")).status_code == 404
