"""The log as routing writes it, and the figures that follow from it, calculated independently."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import httpx
import pytest

from shared.contracts import codec
from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from shared.publishing import Outgoing, Publisher
from shared.topics import AGENTS, TICKETS
from tests.conftest import Servers
from tests.oracle import agents as of_agents
from tests.oracle import kpis as oracle
from tests.oracle.comparing import assert_same_figures, expected_item

SPANS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1_800, "1h": 3_600}


async def publish_tickets(publisher: Publisher, events: Sequence[Decided[TicketEvent]]) -> None:
    """Publishes the events in their order."""
    await publisher.publish(TICKETS, [Outgoing(event.partitionkey, codec.tickets.encode(event)) for event in events])


async def publish_agents(publisher: Publisher, events: Sequence[Decided[AgentEvent]]) -> None:
    """Publishes the events in their order."""
    await publisher.publish(AGENTS, [Outgoing(event.partitionkey, codec.agents.encode(event)) for event in events])


class Log:
    """All tickets and agents in Kafka, read once."""

    def __init__(self, tickets: list[Decided[TicketEvent]], agents: list[Decided[AgentEvent]]) -> None:
        self.stays = oracle.stays(tickets)
        self.agents = oracle.statuses(agents)
        self._spells, self._works = of_agents.spells(agents), of_agents.works(tickets)

    @classmethod
    async def read(cls, servers: Servers, namespace: str) -> "Log":
        return cls(
            await oracle.read_tickets(servers.kafka, namespace), await oracle.read_agents(servers.kafka, namespace)
        )

    async def assert_told_by(self, client: httpx.AsyncClient) -> None:
        """Every window, grouping and definition that the API tells equals what the log says at its `as_of`."""
        for window in SPANS:
            for by in ("all", "queue", "channel"):
                for definition in ("strict", "answered", "strict-less-short", "removed"):
                    answer = await client.get("/v1/kpis", params={"window": window, "by": by, "definition": definition})
                    assert answer.status_code == 200, answer.text
                    self._compare(answer.json(), by)
        for window, by in product(("5m", "1h"), ("all", "pool", "agent")):
            for definition in ("wall-clock", "weighted"):
                answer = await client.get("/v1/kpis", params={"window": window, "by": by, "definition": definition})
                assert answer.status_code == 200, answer.text
                self._compare_agents(answer.json(), "occupancy" if definition == "wall-clock" else definition)

    async def is_told_by(self, client: httpx.AsyncClient) -> bool:
        """Whether the API has caught up with the log."""
        try:
            await self.assert_told_by(client)
        except (AssertionError, httpx.TransportError):
            return False
        return True

    def _compare(self, told: dict[str, Any], by: str) -> None:
        as_of = datetime.fromisoformat(told["as_of"])
        for item in told["items"]:
            calculated = oracle.kpis(
                self.stays,
                span=timedelta(seconds=SPANS[told["window"]]),
                as_of=as_of,
                definition=told["definition"],
                **item["key"],
            )
            figures = item["kpis"]
            oldest = expected_item(calculated, as_of)["oldest_wait"]
            if oldest is not None:  # the service's clock is within the second that ends at as_of
                assert figures["oldest_wait"] is not None
                assert oldest - 1.0 <= figures["oldest_wait"] <= oldest
            told_here = {name: figures[name] for name in ("waiting", *oracle.FIGURES)}
            assert_same_figures(told_here, {name: calculated[name] for name in told_here})
            assert figures["agents"] == (self.agents if by == "all" else None)
            wait = oracle.estimated_wait(self.stays, as_of, item["key"]["queue"]) if by == "queue" else None
            assert figures["estimated_wait"] == (None if wait is None else pytest.approx(wait))
        assert self._keys(told, by) <= {tuple(item["key"].values()) for item in told["items"]}

    def _compare_agents(self, told: dict[str, Any], occupancy: str) -> None:
        """Time in each status, and the occupancy that was asked for."""
        as_of, span = datetime.fromisoformat(told["as_of"]), timedelta(seconds=SPANS[told["window"]])
        for item in told["items"]:
            calculated = of_agents.kpis(self._spells, self._works, span=span, as_of=as_of, **item["key"])
            expected = {name: calculated[name] for name in of_agents.FIGURES} | {"occupancy": calculated[occupancy]}
            assert_same_figures({name: item["kpis"][name] for name in expected}, expected)

    def _keys(self, told: dict[str, Any], by: str) -> set[tuple[str, ...]]:
        if by == "all":
            return {()}
        as_of, span = datetime.fromisoformat(told["as_of"]), timedelta(seconds=SPANS[told["window"]])
        return {
            (getattr(stay, by),)
            for stay in self.stays
            if stay.how is None
            or (stay.how == "answered" and stay.completed is None)
            or any(at and as_of - span < at <= as_of for at in (stay.entered, stay.left, stay.completed))
        }


@asynccontextmanager
async def publishing(servers: Servers, namespace: str) -> AsyncIterator[Publisher]:
    """A publisher that is started, and stopped at the end."""
    publisher = Publisher(servers.kafka, namespace)
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()
