"""What each queue should reach: kept, judged, and refused where it makes no sense."""

from typing import Any

import pytest

from shared.publishing import Publisher
from tests.integration.metrics.example import worked_example
from tests.integration.metrics.log import publish_tickets
from tests.integration.metrics.reading import item_of, item_once
from tests.integration.running_service import RunningService


async def test_targets_are_kept_and_judged(metrics: RunningService, publisher: Publisher) -> None:
    await publish_tickets(publisher, worked_example("sales"))
    async with metrics.client("supervisor") as client:
        wanted = {"service_level": 0.8, "threshold_s": 20.0}
        answer = await client.put("/v1/targets/sales", json=wanted)
        assert answer.status_code == 200, answer.text
        target = {"abandon_rate": None, "average_speed_of_answer": None, **wanted}
        assert answer.json() == {"queue": "sales", **target, "rules": []}
        assert {"queue": "sales", **target, "rules": []} in (await client.get("/v1/targets")).json()["items"]
        item = await item_once(client, {"queue": "sales"}, abandoned=3, answered=5)
        assert item["target"] == {**target, "met": False}
        await client.put("/v1/targets/sales", json={"service_level": 0.3})
        assert (await item_once(client, {"queue": "sales"}))["target"]["met"] is True
        assert (await item_once(client, {}))["target"] is None


async def test_setting_all_targets_removes_the_others(metrics: RunningService) -> None:
    async with metrics.client("admin") as client:
        await client.put("/v1/targets/old", json={"service_level": 0.5})
        answer = await client.put(
            "/v1/targets", json={"items": [{"queue": "new", "service_level": 0.9, "abandon_rate": 0.05}]}
        )
        assert answer.status_code == 200, answer.text
        assert [item["queue"] for item in (await client.get("/v1/targets")).json()["items"]] == ["new"]
        assert await item_of(client, {"queue": "old"}) is None
        idle = await item_once(client, {"queue": "new"})
        assert (idle["target"]["met"], idle["kpis"]["service_level"], idle["kpis"]["offered"]) == (None, None, 0)


async def test_rules_are_kept_with_all_their_fields(metrics: RunningService) -> None:
    rule = {"kpi": "waiting", "aim": "at_most", "warning": 20, "critical": 50, "hysteresis": 5, "minimum_volume": 0}
    async with metrics.client("supervisor") as client:
        for queue in ("ruled", "*"):
            answer = await client.put(f"/v1/targets/{queue}", json={"rules": [rule]})
            assert answer.status_code == 200, answer.text
            whole = {"window": "15m", "definition": "strict", "for_s": 0, "volume": "offered", "enabled": True}
            assert answer.json()["rules"] == [rule | whole]
            assert answer.json() in (await client.get("/v1/targets")).json()["items"]
        assert await item_of(client, {"queue": "*"}) is None
        await client.put("/v1/targets", json={"items": []})


async def test_a_rule_on_an_unknown_kpi_is_answered_with_those_that_there_are(metrics: RunningService) -> None:
    async with metrics.client("supervisor") as client:
        rules = [{"kpi": "speed", "aim": "at_most", "warning": 20}]
        answer = await client.put("/v1/targets/refused", json={"rules": rules})
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["field"] == "body.rules.0"
        assert "no KPI is called 'speed'; there are offered, answered, " in error["reason"]


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"service_level": 1.2},
        {"service_level": 0.8, "threshold_s": -1},
        {"service_level": 0.8, "unknown": 1},
        {"service_level": None},
        {"abandon_rate": 0.1},
        {"rules": [{"kpi": "waiting", "aim": "at_most", "warning": 20, "critical": 10}]},
        [],
    ],
)
async def test_a_target_that_cannot_be_is_refused(metrics: RunningService, target: Any) -> None:  # noqa: ANN401 (wrong on purpose)
    async with metrics.client("supervisor") as client:
        answer = await client.put("/v1/targets/refused", json=target)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert "refused" not in [item["queue"] for item in (await client.get("/v1/targets")).json()["items"]]
