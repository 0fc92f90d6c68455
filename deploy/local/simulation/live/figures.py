"""What the hub measures, asked for every second: the board shows the hub's own figures, not the simulation's."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from deploy.local.simulation.live.access import Access, Addresses, Unanswered
from deploy.local.simulation.live.view import AgentRow, KpiRow

_EVERY_SECONDS = 1.0
WINDOW = "5m"


class Figures:
    """The latest answers of metrics and routing. channels: of the tickets that agents took."""

    def __init__(self, access: Access, addresses: Addresses, channels: Mapping[str, str]) -> None:
        self._access = access
        self._metrics = addresses.metrics
        self._routing = addresses.routing
        self._channels = channels
        self.total: KpiRow | None = None
        self.queues: tuple[KpiRow, ...] = ()
        self.agents: tuple[AgentRow, ...] = ()

    async def keep_fresh(self, on_trouble: Callable[[Unanswered], None]) -> None:
        """Asks again and again, without end."""
        while True:
            try:
                await self.ask()
            except Unanswered as unanswered:
                on_trouble(unanswered)
            await asyncio.sleep(_EVERY_SECONDS)

    async def ask(self) -> None:
        """Asks once; Unanswered if a service does not tell."""
        everything, queues, agents = await asyncio.gather(
            self._access.get(f"{self._metrics}/v1/kpis", window=WINDOW, by="all"),
            self._access.get(f"{self._metrics}/v1/kpis", window=WINDOW, by="queue"),
            self._access.get(f"{self._routing}/v1/agents", limit=500),
        )
        self.total = next((_row("all", item) for item in everything["items"]), None)
        self.queues = tuple(_row(item["key"]["queue"], item) for item in queues["items"])
        self.agents = tuple(self._agent(item) for item in agents["items"])

    def _agent(self, item: Mapping[str, Any]) -> AgentRow:
        hand = tuple(self._channels.get(ticket) for ticket in item["tickets"])
        return AgentRow(name=item["name"], status=item["status"], hand=hand)


def _row(name: str, item: Mapping[str, Any]) -> KpiRow:
    kpis, target = item["kpis"], item.get("target") or {}
    return KpiRow(
        name=name,
        waiting=kpis["waiting"],
        offered=kpis["offered"],
        answered=kpis["answered"],
        abandoned=kpis["abandoned"],
        service_level=kpis.get("service_level"),
        speed_of_answer=kpis.get("average_speed_of_answer"),
        handle_time=kpis.get("average_handle_time"),
        met=target.get("met"),
    )
