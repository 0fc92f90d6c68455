"""Customers, agents and supervisors who all do what comes to their minds, through whichever process answers."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

import httpx

from shared.contracts.interactions import SealedInteraction
from tests.integration.routing.centre import Centre
from tests.integration.running_service import RunningService

Json = dict[str, Any]

_NOT_NOW = (503, 504)
_ENOUGH = 60
_AGENTS_DO: dict[str, tuple[str, ...]] = {
    "waiting": ("take",),
    "offered": ("accept", "accept", "accept", "decline"),
    "active": ("hold", "wrap-up", "resolve", "transfer", "escalate", "pending"),
    "held": ("resume", "resolve"),
    "wrapup": ("resolve", "transfer"),
    "pending": ("resume", "take", "transfer"),
    "resolved": ("reopen", "close"),
}


class Storm:
    """sent: what customers did. answered: how many requests were decided."""

    def __init__(self, processes: Sequence[RunningService], centres: Sequence[Centre]) -> None:
        self.sent: list[SealedInteraction] = []
        self.answered = 0
        self._processes = processes
        self._centres = centres
        self._contacts = 0

    async def rage(self, chance: Random, until: asyncio.Event) -> None:
        """One after the other, until it is told to stop."""
        while not until.is_set():
            await chance.choice((self._customer, self._customer, self._agent, self._agent, self._agent, self._come))(
                chance, chance.choice(self._centres)
            )
            await asyncio.sleep(chance.uniform(0.0, 0.1))

    async def did_enough(self) -> bool:
        """Whether so much was decided that something is shown."""
        return self.answered >= _ENOUGH

    async def _customer(self, chance: Random, centre: Centre) -> None:
        customers = centre.customers
        self._contacts += 1
        earlier = f"k{chance.randint(1, self._contacts)}"
        choices: list[list[SealedInteraction]] = [
            [customers.call(f"k{self._contacts}")],
            [customers.message(f"k{self._contacts}")],
            [customers.message(f"k{self._contacts}", channel="chat")],
            [customers.call(f"k{self._contacts}"), customers.hang_up(f"k{self._contacts}")],
            [customers.message(earlier, number=self._contacts)],
            [customers.leave(earlier)],
        ]
        self.sent += await customers.send(*chance.choice(choices))

    async def _come(self, chance: Random, centre: Centre) -> None:
        agent = chance.choice((centre.ann, centre.bob))
        status = chance.choice(("available", "available", "available", "break", "offline"))
        await self._ask(chance, "PUT", f"/v1/agents/{agent}/status", {"status": status})

    async def _agent(self, chance: Random, centre: Centre) -> None:
        listed = await self._ask(chance, "GET", "/v1/tickets?limit=100", None)
        tickets = [one for one in listed.get("items", ()) if one["pool"] == centre.pool and one["state"] in _AGENTS_DO]
        if tickets:
            ticket = chance.choice(tickets)
            agent = ticket["agent"] or chance.choice((centre.ann, centre.bob))
            action = chance.choice(_AGENTS_DO[ticket["state"]])
            body: Json = {"agent": agent}
            if action == "transfer":
                body = {"queue": chance.choice((centre.calls, centre.rest))}
            elif action in ("escalate", "reopen", "close"):
                body = {}
            elif action == "pending":
                body["on"] = "customer"
            await self._ask(chance, "POST", f"/v1/tickets/{ticket['id']}/{action}", body)

    async def _ask(self, chance: Random, method: str, path: str, body: Json | None) -> Json:
        """The answer; nothing where the process is not there, or nobody decides just now."""
        async with chance.choice(self._processes).client("supervisor", "sue") as client:
            try:
                answer = await client.request(method, path, json=body)
            except httpx.TransportError:
                return {}
        assert answer.status_code < 500 or answer.status_code in _NOT_NOW, answer.text
        assert answer.status_code not in (404, 405, 422), f"{method} {path} {body}: {answer.text}"
        self.answered += answer.is_success and method != "GET"
        found: Json = answer.json() if answer.is_success else {}
        return found
