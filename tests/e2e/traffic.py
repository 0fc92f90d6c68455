"""Seeded traffic for tests that break things: customers who write, call and hang up, agents who answer.

Everything enters through public interfaces and is repeated until it is accepted, as a provider would do.
"""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.e2e.running_hub import RunningHub

_PEOPLE = 25


@dataclass
class Accepted:
    """What ingest promised: event ids by the identity they must appear under."""

    by_identity: dict[str, set[str]] = field(default_factory=dict)

    def add(self, identity: str, event: str) -> None:
        self.by_identity.setdefault(identity, set()).add(event)

    @property
    def count(self) -> int:
        return sum(map(len, self.by_identity.values()))


class Customers:
    """Sends conversations until told to stop. Some events are sent twice, on purpose."""

    def __init__(self, hub: RunningHub, seed: int) -> None:
        self.accepted = Accepted()
        self._hub = hub
        self._random = random.Random(seed)
        self._headers = hub.headers("channel")
        self._number = 0

    async def run(self, stopping: asyncio.Event) -> None:
        """One conversation after another, about forty events a second."""
        async with httpx.AsyncClient(timeout=15, headers=self._headers) as client:
            while not stopping.is_set():
                events = self._conversation()
                if self._random.random() < 0.2:
                    events.append(self._random.choice(events))
                for event in events:
                    await self._send(client, event)
                await asyncio.sleep(self._random.uniform(0, 0.1))

    def _conversation(self) -> list[dict[str, Any]]:
        self._number += 1
        person = self._random.randrange(_PEOPLE)
        if self._random.random() < 0.5:
            identity, channel = f"phone:+49151100000{person:02d}", "phone"
            kinds = ["hub.call.started.v1"] + ["hub.call.ended.v1"] * (self._random.random() < 0.5)
        else:
            identity, channel = f"email:person{person}@mail.example", "email"
            kinds = ["hub.message.received.v1"] * self._random.randint(1, 3)
        return [self._event(kind, identity, channel, step) for step, kind in enumerate(kinds)]

    def _event(self, kind: str, identity: str, channel: str, step: int) -> dict[str, Any]:
        data: dict[str, Any] = {
            "channel": channel,
            "direction": "inbound",
            "conversation": f"conversation-{self._number}",
            "identity": identity,
            "content": {},
        }
        if channel == "email":
            data |= {"message": f"m-{self._number}-{step}", "content": {"text": f"Message {step} of {self._number}"}}
        elif kind == "hub.call.ended.v1":
            data["reason"] = "completed"
        return {
            "specversion": "1.0",
            "id": f"{self._number}-{step}",
            "source": "/tests/traffic",
            "type": kind,
            "time": datetime.now(UTC).isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        }

    async def _send(self, client: httpx.AsyncClient, event: dict[str, Any]) -> None:
        while True:
            try:
                answer = await client.post(self._hub.url("ingest", "/v1/events"), json=event)
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code == 202:
                self.accepted.add(event["data"]["identity"], answer.json()["items"][0]["event"])
                return
            assert answer.status_code in (503, 504), answer.text
            await asyncio.sleep(0.2)


class Agents:
    """Signs in, accepts what is offered, and finishes it, through whatever happens to the services meanwhile."""

    def __init__(self, hub: RunningHub, seed: int) -> None:
        self._hub = hub
        self._random = random.Random(seed)
        self.accepted: set[str] = set()
        self._names = [agent["id"] for agent in hub.get("routing", "/v1/agents")["items"]]

    async def run(self, stopping: asyncio.Event) -> None:
        """All agents until told to stop."""
        async with httpx.AsyncClient(timeout=15) as client:
            await asyncio.gather(*(self._one(client, agent, stopping) for agent in self._names))

    async def _one(self, client: httpx.AsyncClient, agent: str, stopping: asyncio.Event) -> None:
        headers = self._hub.headers("agent", agent)
        while not stopping.is_set():
            status = {"status": "available"}
            await self._try(client, "PUT", f"/v1/agents/{agent}/status", headers, json=status)
            listed = await self._try(client, "GET", f"/v1/tickets?agent={agent}&limit=200", headers)
            for ticket in listed["items"] if listed else ():
                await self._act(client, ticket, headers)
            await asyncio.sleep(self._random.uniform(0.1, 0.4))

    async def _act(self, client: httpx.AsyncClient, ticket: dict[str, Any], headers: dict[str, str]) -> None:
        path = f"/v1/tickets/{ticket['id']}"
        if ticket["state"] == "offered":
            if self._random.random() < 0.9 and await self._try(client, "POST", f"{path}/accept", headers):
                self.accepted.add(ticket["id"])
        elif ticket["state"] in ("active", "wrapup") and self._random.random() < 0.5:
            await self._try(client, "POST", f"{path}/resolve", headers)

    async def _try(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        headers: dict[str, str],
        **more: Any,  # noqa: ANN401 (httpx)
    ) -> Any:  # noqa: ANN401 (JSON)
        """The answer, or None when it was refused or the service is just dead."""
        try:
            answer = await client.request(method, self._hub.url("routing", path), headers=headers, **more)
        except httpx.TransportError:
            await asyncio.sleep(0.2)
            return None
        assert answer.status_code < 500 or answer.status_code in (503, 504), answer.text
        return answer.json() if answer.is_success else None
