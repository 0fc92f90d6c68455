"""The steps of building a service's views anew beside the live ones. Each may be repeated, so a kill between any two is
healed by calling the command again: what is to be done stands in the pointer and in the logs' positions.

    generations kept               what the command does next
    1 (current)                    adds 2; the service begins to build it
    1 (current), 2                 waits until 2 has caught up, compares, makes it the current one
    1, 2 (current)                 nothing: goes back to 1, or finishes, which keeps 1 no longer
    2 (current), something of 1    deletes what is left of 1
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from deploy.local import rebuilt_metrics, rebuilt_profile, rebuilt_routing
from deploy.local.comparing import Compared, Differing, that_stay
from deploy.local.errors import ServerError, WrongSetting
from deploy.local.positions import Logs, Positions
from services.metrics.store import SUMS as METRICS_SUMS
from services.metrics.store import VIEWS as METRICS_VIEWS
from services.profile.store import VIEWS as PROFILE_VIEWS
from services.routing.complaint_store import SUMS
from services.routing.views import VIEWS as ROUTING_VIEWS
from shared.generations import Generations, Pointer, Sources, views_database
from shared.mongo import Document

_PICKED_UP_SECONDS = 60.0
_EMPTY_SECONDS = 60.0
_STILL_SECONDS = 60.0
_CLOSE_SECONDS = 2.0
_LOOK_SECONDS = 0.25

Show = Callable[[Positions], object]
"""Told how far it is, every now and then."""


class NotTheSame(ServerError):
    """The new views differ from the live ones."""

    def __init__(self, service: str, differences: int) -> None:
        super().__init__(
            f"The new views differ from the live ones ({differences} differences, see above), so nothing was switched. "
            f"If that is what you built them for: hub rebuild {service} --accept-differences. If not: hub rebuild "
            f"{service} --finish takes them away."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuildable:
    """A service whose views can be built anew. views: their collections; whatever else is beside them stays.

    compare: the live ones and the new ones, as much of them as is asked for. sums: collections that are kept with the
    views, follow from them, and go with them; their numbers are not compared.
    """

    service: str
    views: Collection[str]
    compare: Callable[[AsyncDatabase[Document], AsyncDatabase[Document], int], Awaitable[Compared]]
    sums: Collection[str] = ()


REBUILDABLE: Mapping[str, Rebuildable] = {
    "metrics": Rebuildable(service="metrics", views=METRICS_VIEWS, compare=rebuilt_metrics.compare, sums=METRICS_SUMS),
    "profile": Rebuildable(service="profile", views=tuple(PROFILE_VIEWS), compare=rebuilt_profile.compare),
    "routing": Rebuildable(service="routing", views=ROUTING_VIEWS, compare=rebuilt_routing.compare, sums=(SUMS,)),
}


class Rebuilding:
    """The rebuild of one service's views in a namespace."""

    def __init__(
        self, what: Rebuildable, client: AsyncMongoClient[Document], namespace: str, pointer: Pointer, logs: Logs
    ) -> None:
        self._what = what
        self._client = client
        self._namespace = namespace
        self._pointer = pointer
        self._logs = logs

    async def generations(self) -> Generations:
        """Which there are."""
        return await self._pointer.read()

    async def target(self) -> int:
        """The generation that is being built, which is begun if none is. WrongSetting while an earlier one is open."""
        state = await self._pointer.read()
        if earlier := [number for number in state.kept if number != state.current and number in state.served]:
            raise WrongSetting(
                f"Generation {state.current} is current and generation {earlier[-1]} is still kept. First take it away "
                f"with: hub rebuild {self._what.service} --finish, or go back to it with --rollback."
            )
        if building := [number for number in state.kept if number != state.current]:
            await self._pointer.try_again(building[-1])
            return building[-1]
        await self.delete_leftovers()
        return await self._pointer.add()

    async def picked_up(self, generation: int) -> None:
        """Returns when a process of the service has begun with it. ServerError if none does; then it is not kept."""
        deadline = asyncio.get_running_loop().time() + _PICKED_UP_SECONDS
        while generation not in (await self._pointer.read()).sources:
            if asyncio.get_running_loop().time() > deadline:
                await self._pointer.take_off(generation)
                raise ServerError(
                    f"No {self._what.service} process has begun to build. Start the hub with `hub up` (HUB_NAMESPACE, "
                    "HUB_MONGO_URL and HUB_KAFKA_BOOTSTRAP have to be those it runs with), then run this again."
                )
            await asyncio.sleep(_LOOK_SECONDS)

    async def caught_up(self, generation: int, show: Show) -> None:
        """Returns when it has all that there was a moment ago, and that in a moment: it is as far as the live one."""
        while True:
            began = asyncio.get_running_loop().time()
            await self._reached(generation, (await self._positions(generation)).ends, show)
            if asyncio.get_running_loop().time() - began < _CLOSE_SECONDS:
                return

    async def compared(self, generation: int, sample: int) -> Compared:
        """The new views beside the live ones: how many documents, and a sample of them by value."""
        current = (await self._pointer.read()).current

        async def count() -> tuple[int, Differing]:
            before = await self._positions(generation)
            live, new = await self._counts(current), await self._counts(generation)
            after = await self._positions(generation)
            came = sum(after.ends.values()) - sum(before.ends.values())
            return 0, differing_counts(live, new, under_way=before.behind + after.behind + came)

        _, differing = await that_stay(count)
        sampled = await self._what.compare(self._views(current), self._views(generation), sample)
        in_number = [f"{view}: {how}" for (view, _), how in differing.items()]
        return Compared(what=sampled.what, differences=[*in_number, *sampled.differences])

    async def switch(self, generation: int) -> None:
        """Makes it the current one, and returns when every process answers from it."""
        if not await self._pointer.switch(generation):
            raise WrongSetting(f"Generation {generation} is not kept any more. Begin anew.")
        others = partial(self._pointer.answering_otherwise, generation)
        await self._until_none(others, f"does not answer from generation {generation} yet")

    async def previous(self) -> int:
        """The generation to go back to."""
        state = await self._pointer.read()
        earlier = [number for number in state.served if number != state.current]
        if not earlier:
            raise WrongSetting(
                f"There is nothing to roll back to: generation {state.current} is the only one that was ever current "
                "and is kept."
            )
        await self._pointer.try_again(earlier[-1])
        return earlier[-1]

    async def finish(self, show: Show) -> list[int]:
        """Keeps only the current generation, and deletes the others; their numbers.

        One that was current once has to be as far as the logs were when that ended: what it had not taken by then,
        nobody else asked to be decided.
        """
        state = await self._pointer.read()
        others = [number for number in state.kept if number != state.current]
        for number in others:
            if number in state.served and number in state.sources:
                await self._reached(number, (await self._positions(number)).ends, show)
            if not await self._pointer.take_off(number):
                raise WrongSetting(f"Generation {number} became the current one just now. Look again with --status.")
        await self.delete_leftovers()
        return others

    async def delete_leftovers(self) -> None:
        """Deletes what is left of generations that are kept no longer, once nobody writes there."""
        state = await self._pointer.read()
        for number, sources in state.sources.items():
            if number not in state.kept:
                await self._until_none(partial(self._pointer.keepers, number), f"still keeps generation {number}")
                await self._logs.wait_until_empty([group for _, group in sources.consumed], _EMPTY_SECONDS)
                for view in (*self._what.views, *self._what.sums):
                    await self._views(number)[view].drop()
                await self._logs.delete(sources)
                await self._pointer.forget(number)

    async def positions(self, sources: Sources) -> Positions:
        """How far a generation is."""
        return await self._logs.positions(sources)

    async def _reached(self, generation: int, ends: Mapping[tuple[str, str, int], int], show: Show) -> None:
        clock = asyncio.get_running_loop().time
        moved, behind = clock(), -1
        while True:
            positions = await self._positions(generation)
            show(positions)
            left = positions.behind_of(ends)
            if left == 0:
                return
            if left != behind:
                moved, behind = clock(), left
            elif clock() - moved > _STILL_SECONDS:
                raise ServerError(
                    f"Generation {generation} has not moved for {_STILL_SECONDS:.0f} s. Does a {self._what.service} "
                    "process run? Run this again to go on."
                )
            await asyncio.sleep(_LOOK_SECONDS)

    async def _until_none(self, processes: Callable[[], Awaitable[int]], what: str) -> None:
        """Returns when no process does that any more. One that was killed counts for some seconds."""
        deadline = asyncio.get_running_loop().time() + _EMPTY_SECONDS
        while await processes():
            if asyncio.get_running_loop().time() > deadline:
                raise ServerError(f"A {self._what.service} process {what}. Run this again in a moment.")
            await asyncio.sleep(_LOOK_SECONDS)

    def _views(self, generation: int) -> AsyncDatabase[Document]:
        return views_database(self._client, self._namespace, self._what.service, generation)

    async def _counts(self, generation: int) -> dict[str, int]:
        database = self._views(generation)
        return {view: await database[view].count_documents({}) for view in self._what.views}

    async def _positions(self, generation: int) -> Positions:
        state = await self._pointer.read()
        if generation in state.failed:
            raise ServerError(
                f"Generation {generation} stands still: {state.failed[generation]}. {self._what.service}'s log says "
                "more. Mend the cause and run this again to go on."
            )
        if generation not in state.kept:
            raise WrongSetting(f"Generation {generation} is not kept any more: another call of this took it away.")
        return await self._logs.positions(state.sources[generation])


def differing_counts(live: Mapping[str, int], new: Mapping[str, int], under_way: int) -> Differing:
    """Views with another number of documents than what is under way explains."""
    return {
        (view, ""): f"{live[view]} documents, and {new[view]} in the new views"
        for view in live
        if abs(live[view] - new[view]) > under_way
    }
