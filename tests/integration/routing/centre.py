"""A contact centre in a running routing service: a pool of its own, so that tests do not meet each other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx

from shared.auth import Role
from tests.eventually import eventually
from tests.integration.routing.customers import Customers
from tests.integration.running_service import RunningService

Json = dict[str, Any]

_numbers = count(1)


class Centre:
    """Pool, queues and agents have the centre's number in their ids. `client` is the supervisor's."""

    def __init__(self, number: int, routing: RunningService, customers: Customers, client: httpx.AsyncClient) -> None:
        self._number = number
        self.pool = f"pool-{number}"
        self.calls = f"calls-{number}"
        self.rest = f"rest-{number}"
        self.ann = f"ann-{number}"
        self.bob = f"bob-{number}"
        self.routing = routing
        self.customers = customers.of(self.calls, self.rest)
        self.client = client

    @classmethod
    @asynccontextmanager
    async def found(cls, routing: RunningService, customers: Customers) -> AsyncIterator["Centre"]:
        """A new centre, configured through the API."""
        async with routing.client("supervisor", "sue") as client:
            centre = cls(next(_numbers), routing, customers, client)
            await centre._configure()
            yield centre

    async def _configure(self) -> None:
        setup = {
            "skills/sales": {"name": "Sales"},
            f"pools/{self.pool}": {"name": "A contact centre"},
            f"queues/{self.calls}": {
                "pool": self.pool,
                "name": "Calls",
                "skills": ["sales"],
                "offer_timeout_s": 2,
            },
            f"queues/{self.rest}": {"pool": self.pool, "name": "The rest", "offer_timeout_s": 60},
            f"agents/{self.ann}": {"pool": self.pool, "name": "Ann", "skills": ["sales"]},
            f"agents/{self.bob}": {"pool": self.pool, "name": "Bob", "skills": ["sales"]},
        }
        async with self.routing.client("admin", "root") as admin:
            for path, body in setup.items():
                answer = await admin.put(f"/v1/{path}", json=body)
                assert answer.status_code == 200, answer.text

    @asynccontextmanager
    async def seen_from(self, replica: RunningService) -> AsyncIterator["Centre"]:
        """The same centre, asked through another process."""
        async with replica.client("supervisor", "sue") as client:
            yield Centre(self._number, replica, self.customers, client)

    def as_(self, role: Role, subject: str) -> httpx.AsyncClient:
        """Somebody else's client."""
        return self.routing.client(role, subject)

    async def sign_in(self, *agents: str) -> None:
        """The agents become available, one after the other."""
        for agent in agents:
            answer = await self.client.put(f"/v1/agents/{agent}/status", json={"status": "available"})
            assert answer.status_code == 200, answer.text
            assert answer.json()["status"] == "available"

    async def act(self, ticket: str, action: str, agent: str) -> Json:
        """The ticket after the agent has done something with it."""
        answer = await self.try_to(ticket, action, agent)
        assert answer.status_code == 200, answer.text
        after: Json = answer.json()
        return after

    async def try_to(self, ticket: str, action: str, agent: str) -> httpx.Response:
        """The answer to what an agent wants to do."""
        return await self.client.post(f"/v1/tickets/{ticket}/{action}", json={"agent": agent})

    async def agent(self, agent: str) -> Json:
        """The agent as the API shows it."""
        answer = await self.client.get(f"/v1/agents/{agent}")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def tickets(self, **match: str) -> list[Json]:
        """The centre's tickets that match, the newest first."""
        answer = await self.client.get("/v1/tickets", params=match)
        assert answer.status_code == 200, answer.text
        return [ticket for ticket in answer.json()["items"] if ticket["pool"] == self.pool]

    async def wait_for(self, tickets: int, **match: str) -> list[Json]:
        """The centre's tickets that match, as soon as there are so many."""

        async def enough() -> list[Json]:
            found = await self.tickets(**match)
            return found if len(found) >= tickets else []

        return await eventually(enough, what=f"{tickets} tickets with {match}")

    async def history(self, ticket: str) -> list[str]:
        """What happened to the ticket, as event names with the agent where there is one."""
        answer = await self.client.get(f"/v1/tickets/{ticket}/history")
        assert answer.status_code == 200, answer.text
        events = [item["event"] for item in answer.json()["items"]]
        return [" ".join(filter(None, (event["event"], event.get("agent")))) for event in events]
