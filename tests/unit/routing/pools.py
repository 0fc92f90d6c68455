"""Several pools, and what they ask of each other on its way: a pool's commands arrive in the order they were sent."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from services.routing.domain.commands import Asked, Command, FireTimers
from services.routing.domain.configuration import Overflow, PoolConfigured, PoolSettings, QueueConfigured, QueueSettings
from services.routing.domain.decide import decide
from services.routing.domain.events import Event
from services.routing.domain.events_moves import PoolAsked
from services.routing.domain.evolve import evolve
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from tests.unit.routing.scenario import EIGHT, second


class Pools:
    """Pools a, b and c, each with a queue of its name. ways: what each queue's overflow is."""

    def __init__(self, **ways: Overflow) -> None:
        self.pools = {name: Pool(id=name) for name in ("a", "b", "c")}
        self.waiting: deque[PoolAsked] = deque()
        self.happened: list[tuple[str, Event]] = []
        for name, pool in self.pools.items():
            overflow = (ways[name],) if name in ways else ()
            evolve(pool, PoolConfigured(pool=name, at=EIGHT, settings=PoolSettings(name=name)))
            settings = QueueSettings(name=name, overflow=overflow)
            evolve(pool, QueueConfigured(pool=name, queue=name, at=EIGHT, settings=settings))

    def do(self, name: str, command: Command | FireTimers, at: datetime) -> Sequence[Event]:
        """A pool decides; what it asks of others is on its way."""
        decided = decide(self.pools[name], Asked(command=command, at=at, now=at))
        assert not isinstance(decided, Refused), decided
        for event in decided.events:
            evolve(self.pools[name], event)
            self.happened.append((name, event))
            if isinstance(event, PoolAsked):
                self.waiting.append(event)
        return decided.events

    def deliver(self, at: datetime, most: int = 1_000) -> None:
        """What is on its way arrives, in its order, and what follows from it."""
        for _ in range(most):
            if not self.waiting:
                return
            asked = self.waiting.popleft()
            self.do(asked.pool, asked.command, at)
        assert not self.waiting or most < 1_000, "the pools ask each other for ever"

    def open(self) -> dict[str, list[str]]:
        """Each pool's tickets."""
        return {name: sorted(pool.tickets) for name, pool in self.pools.items() if pool.tickets}

    def remembered(self) -> dict[str, tuple[list[str], list[str]]]:
        """What each pool still remembers of contacts that went to others or came from them."""
        return {
            name: (sorted(pool.moved), sorted(pool.taken))
            for name, pool in self.pools.items()
            if pool.moved or pool.taken
        }


def to(name: str, after_s: float = 10) -> Overflow:
    """To the queue of that name in the pool of that name."""
    return Overflow(to=name, after_s=after_s, pool=name)


def at(seconds: float) -> datetime:
    return second(seconds)
