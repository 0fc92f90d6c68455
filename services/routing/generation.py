"""One generation of routing's views at work: where it is, and what writes it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from services.routing.domain.events import Event
from services.routing.ownership import OwnedPools
from services.routing.view_store import ViewStore
from shared.consuming import Consumption
from shared.decisions import Entry
from shared.following import Follower
from shared.generations import Sources
from shared.keeping import Keeping, give_way

_EVENTS_AT_ONCE = 500
"""Of a generation that is not current, so that whoever asks meanwhile never waits long for the processor."""


class ViewsGeneration:
    """Views, and the follower of each pool's decisions that writes them, in whichever process decides for the pool.

    waiting: how many commands wait here to be decided.
    """

    consumptions: Sequence[Consumption[Any]] = ()

    def __init__(
        self,
        number: int,
        views: ViewStore,
        pools: OwnedPools,
        keeping: "Callable[[], Keeping[ViewsGeneration]]",
        waiting: Callable[[], int],
    ) -> None:
        self.views = views
        self._number = number
        self._pools = pools
        self._keeping = keeping
        self._waiting = waiting

    @property
    def sources(self) -> Sources:
        """Every stream of the decision log, also those that are yet to come."""
        return Sources(consumed=(), followed=((None, self.views.follower),))

    def failure(self) -> BaseException | None:
        """Why it cannot go on."""
        return self._pools.failed().get(self.views.follower)

    async def begin(self) -> None:
        """Begins to write the views, from where it was."""
        await self.views.create_indexes()
        self._pools.add(Follower(name=self.views.follower, follow=self._follow, is_vital=self._is_current))

    async def end(self) -> None:
        """Writes no more."""
        await self._pools.remove(self.views.follower)

    async def _follow(self, entries: Sequence[Entry[Event]]) -> None:
        if self._is_current():
            await self.views.follow(entries)
            return
        for some in _in_small_steps(entries):
            await give_way(self._is_live_busy)
            await self.views.follow(some)

    def _is_live_busy(self) -> bool:
        return self._waiting() > 0 or self._pools.behind(self._keeping().current.views.follower) > 0

    def _is_current(self) -> bool:
        return self._keeping().is_current(self._number)


def _in_small_steps(entries: Sequence[Entry[Event]]) -> Iterator[Sequence[Entry[Event]]]:
    step: list[Entry[Event]] = []
    for entry in entries:
        step.append(entry)
        if sum(len(one.events) for one in step) >= _EVENTS_AT_ONCE:
            yield step
            step = []
    if step:
        yield step
