"""Alerts as clients see them."""

from typing import Any

import httpx

from tests.eventually import eventually
from tests.integration.running_service import Json

MISSED = {"kpi": "service_level", "aim": "at_least", "warning": 0.8, "critical": 0.2, "minimum_volume": 5}
"""The worked example's service level, 0.375, misses this, but not critically."""


async def put_rule(client: httpx.AsyncClient, queue: str, **fields: Any) -> None:  # noqa: ANN401 (a rule's own fields)
    """Makes MISSED, changed by these fields, the queue's only rule."""
    answer = await client.put(f"/v1/targets/{queue}", json={"rules": [MISSED | fields]})
    assert answer.status_code == 200, answer.text


async def alerts_of(client: httpx.AsyncClient, queue: str, state: str = "open") -> list[Json]:
    """The queue's alerts, the newest first."""
    answer = await client.get("/v1/alerts", params={"state": state, "limit": 500})
    assert answer.status_code == 200, answer.text
    return [alert for alert in answer.json()["items"] if alert["queue"] == queue]


async def alert_once(client: httpx.AsyncClient, queue: str, state: str = "open", **fields: object) -> Json:
    """The queue's newest alert once it has these fields."""

    async def look() -> Json | None:
        found = await alerts_of(client, queue, state)
        return found[0] if found and fields.items() <= found[0].items() else None

    found = await eventually(look, what=f"an alert of {queue} with {fields}")
    assert found is not None
    return found
