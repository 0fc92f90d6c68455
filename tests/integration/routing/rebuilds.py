"""A routing service with a pool at work, and an administrator who builds its views anew."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import httpx
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from services.routing.store import Store
from services.routing.views import VIEWS, Subject, fold
from shared.ending import end
from shared.generations import Generations, Pointer, named, views_database
from shared.mongo import Document, connect, database
from shared.publishing import Publisher
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.hub_rebuild import hub_rebuild
from tests.integration.routing.centre import Centre
from tests.integration.routing.customers import Customers
from tests.integration.running_service import RunningService

_numbers = count(1)


class Hub:
    """The service, its views and an administrator's terminal."""

    def __init__(self, routing: RunningService, client: AsyncMongoClient[Document], directory: Path) -> None:
        self.routing = routing
        self.client = client
        self._directory = directory
        self.own = database(client, routing.namespace, "routing")

    async def generations(self) -> Generations:
        return await Pointer(self.own).read()

    async def run(self, *arguments: str) -> tuple[int, str]:
        """`hub rebuild routing …`: exit code and what it says."""
        return await hub_rebuild(self.routing, self._directory, "routing", *arguments)

    def view(self, generation: int, name: str) -> AsyncCollection[Document]:
        """A collection of a generation."""
        return views_database(self.client, self.routing.namespace, "routing", generation)[name]

    async def contents(self, generation: int) -> dict[Subject, Document]:
        """Every document of a generation."""
        return {
            (view, document["_id"]): document for view in VIEWS async for document in self.view(generation, view).find()
        }

    async def settled(self, *generations: int) -> dict[Subject, Document]:
        """Every document as a fold of the whole log makes it, once it is the same in each of these generations."""
        log = Store(self.own).log
        folded: dict[Subject, Document] = {}
        ends: dict[str, int] = {}

        async def are_done() -> bool:
            """Whether the views have the whole log by their marks; nothing large is compared before."""
            news = [entry for stream in await log.streams() async for entry in log.read(stream, ends.get(stream, 0))]
            folded.update(fold(folded, news))
            ends.update((entry.stream, entry.sequence) for entry in news)
            marks = [(stream, named("views", generation)) for stream in ends for generation in generations]
            return all([await log.followed(*mark) >= ends[mark[0]] for mark in marks])

        async def look() -> dict[Subject, Document]:
            same = await are_done() and all([await self.contents(one) == folded for one in generations])
            return folded if same else {}

        return await eventually(look, within=90, what=f"{generations} having what follows from the log")


@asynccontextmanager
async def running_hub(servers: Servers, namespace: str, directory: Path) -> AsyncIterator[Hub]:
    """A routing service of its own; its databases are deleted afterwards."""
    routing = RunningService("routing", servers, namespace, directory / "secrets")
    async with connect(servers.mongo) as client:
        try:
            yield Hub(routing, client, directory)
            assert await routing.stop() == 0
        finally:
            await routing.kill()
            for name in await client.list_database_names():
                if name.startswith(f"{namespace}_"):
                    await client.drop_database(name)


@asynccontextmanager
async def centre_of(hub: Hub) -> AsyncIterator[Centre]:
    """A pool with two agents who are there."""
    publisher = Publisher(hub.routing.servers.kafka, hub.routing.namespace)
    await publisher.start()
    try:
        async with Centre.found(hub.routing, Customers(publisher)) as centre:
            await centre.sign_in(centre.ann, centre.bob)
            yield centre
    finally:
        await publisher.stop()


class Traffic:
    """Customers who go on writing, and two agents who go on working. resolved: so many tickets. wrong: what nobody
    should have been answered.
    """

    def __init__(self, centre: Centre) -> None:
        self.resolved = 0
        self.wrong: list[str] = []
        self._centre = centre

    @classmethod
    @asynccontextmanager
    async def on(cls, centre: Centre) -> AsyncIterator["Traffic"]:
        """Goes on until the context ends, and has not stopped before."""
        traffic = cls(centre)
        going = [asyncio.create_task(traffic._come())]
        going += [asyncio.create_task(traffic._work(agent)) for agent in (centre.ann, centre.bob)]
        try:
            yield traffic
            assert not [task for task in going if task.done()], going
        finally:
            await end(*going)

    async def further(self, tickets: int = 3) -> None:
        """Returns when so many more are resolved."""
        wanted = self.resolved + tickets

        async def enough() -> bool:
            return self.resolved >= wanted

        await eventually(enough, within=60, what=f"{tickets} more tickets being resolved; wrong: {self.wrong}")

    async def _come(self) -> None:
        customers = self._centre.customers
        while True:
            number = next(_numbers)
            await customers.send(customers.message(f"m{number}", channel="chat"))
            if number % 5 == 0:
                await customers.send(customers.leave(f"m{number}"))
            await asyncio.sleep(0.1)

    async def _work(self, agent: str) -> None:
        """Whoever answers with the ticket has to show it as it is after what was asked for."""
        while True:
            listed = await self._centre.client.get("/v1/tickets", params={"agent": agent, "state": "offered"})
            if self._noted(listed):
                for ticket in listed.json()["items"]:
                    await self._finish(ticket["id"], agent)
            await asyncio.sleep(0.02)

    async def _finish(self, ticket: str, agent: str) -> None:
        """Unless the customer has left: then there is nothing to accept, or it is the agent's wrap-up already."""
        accepted = await self._centre.try_to(ticket, "accept", agent)
        if accepted.status_code == 409 or not self._noted(accepted, "active", "wrapup"):
            return
        if accepted.json()["state"] == "active":
            self._noted(await self._centre.client.post(f"/v1/tickets/{ticket}/complaint"))
            self._noted(await self._centre.try_to(ticket, "wrap-up", agent), "wrapup")
        self.resolved += self._noted(await self._centre.try_to(ticket, "resolve", agent), "resolved")

    def _noted(self, answer: httpx.Response, *states: str) -> bool:
        """Whether that is an answer with the ticket in one of these states; else it is wrong."""
        is_right = answer.status_code == 200 and (not states or answer.json()["state"] in states)
        if not is_right:
            self.wrong.append(f"{states} {answer.status_code}: {answer.text[:300]}")
        return is_right
