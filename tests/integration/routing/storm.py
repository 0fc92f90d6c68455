"""Customers, agents and supervisors who all do what comes to their minds, through whichever process answers."""

import asyncio
from collections.abc import Sequence
from random import Random

import httpx

from shared.contracts.interactions import SealedInteraction
from shared.keyring import Keyring
from tests.integration.routing.centre import Centre, Json
from tests.integration.routing.storm_moves import MOVES, Scene, Wish, choose
from tests.integration.running_service import RunningService

_NOT_NOW = (503, 504)


class Storm:
    """sent: what customers did. answered: how many requests were decided. enough: how many that should be."""

    def __init__(
        self, processes: Sequence[RunningService], centres: Sequence[Centre], keyring: Keyring, enough: int
    ) -> None:
        self.sent: list[SealedInteraction] = []
        self.answered = 0
        self._enough = enough
        self._processes = processes
        self._centres = centres
        self._keyring = keyring
        self._contacts = 0
        self._clients: dict[tuple[int, str], httpx.AsyncClient] = {}

    async def rage(self, chance: Random, until: asyncio.Event) -> None:
        """One after the other, until it is told to stop."""
        acts = (self._customer, self._customer, self._person, self._person, self._person, self._person, self._come)
        while not until.is_set():
            await chance.choice(acts)(chance, chance.choice(self._centres))
            await asyncio.sleep(chance.uniform(0.0, 0.1))

    async def close(self) -> None:
        """Closes what it keeps open."""
        for client in self._clients.values():
            await client.aclose()

    async def did_enough(self) -> bool:
        """Whether so much was decided that something is shown."""
        return self.answered >= self._enough

    async def calm(self) -> None:
        """Everybody goes home, so that nothing happens but what is due by itself."""
        for centre in self._centres:
            for agent in (centre.ann, centre.bob):
                body = {"status": "offline", "force": True}
                answer = await centre.client.put(f"/v1/agents/{agent}/status", json=body)
                assert answer.is_success, answer.text

    def _client(self, process: int, wish: Wish) -> httpx.AsyncClient:
        """Making one takes longer than most requests, so they are kept."""
        key = (process, wish.who)
        if key not in self._clients:
            self._clients[key] = self._processes[process].client(wish.role, wish.who)
        return self._clients[key]

    async def _customer(self, chance: Random, centre: Centre) -> None:
        customers = centre.customers
        self._contacts += 1
        new, earlier = f"k{self._contacts}", f"k{chance.randint(1, self._contacts)}"
        choices: list[list[SealedInteraction]] = [
            [customers.call(new)],
            [customers.message(new)],
            [customers.message(new, channel="chat")],
            [customers.call(new), customers.hang_up(new)],
            [customers.message(earlier, number=self._contacts)],
            [customers.reply(earlier, number=self._contacts)],
            [customers.voicemail(earlier)],
            [customers.leave(earlier)],
        ]
        happens = chance.choice(choices)
        await self._keyring.ensure({one.data.identity for one in happens})
        self.sent += await customers.send(*happens)

    async def _come(self, chance: Random, centre: Centre) -> None:
        agent = chance.choice((centre.ann, centre.bob))
        status = chance.choice(("available", "available", "available", "available", "busy", "break", "offline"))
        path, body = f"/v1/agents/{agent}/status", {"status": status, "reason": "lunch" if status == "break" else None}
        if chance.random() < 0.3:
            await self._ask(chance, Wish(method="PUT", path=path, body={**body, "force": True}))
        else:
            await self._ask(chance, Wish(method="PUT", path=path, body=body, role="agent", who=agent))

    async def _person(self, chance: Random, centre: Centre) -> None:
        listed = await self._ask(chance, Wish(method="GET", path="/v1/tickets?limit=200"))
        tickets = [one for one in listed.get("items", ()) if one["pool"] == centre.pool and one["state"] in MOVES]
        if tickets:
            state = chance.choice(sorted({one["state"] for one in tickets}))
            ticket = chance.choice([one for one in tickets if one["state"] == state])
            await self._ask(chance, choose(Scene(chance, centre, ticket, tickets)))

    async def _ask(self, chance: Random, wish: Wish) -> Json:
        """The answer; nothing where the process is not there, or nobody decides just now."""
        client = self._client(chance.randrange(len(self._processes)), wish)
        try:
            body = None if wish.method in ("GET", "DELETE") else wish.body
            answer = await client.request(wish.method, wish.path, json=body)
        except httpx.TransportError:
            return {}
        assert answer.status_code < 500 or answer.status_code in _NOT_NOW, answer.text
        assert answer.status_code not in (403, 404, 405, 410, 422), f"{wish}: {answer.text}"
        self.answered += answer.is_success and wish.method != "GET"
        found: Json = answer.json() if answer.is_success and answer.content else {}
        return found
