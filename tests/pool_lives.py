"""Commands that fill a pool's decision log: tickets that an agent takes and resolves, and others that nobody takes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from services.routing.application import PoolDecider
from services.routing.commands import stream_of
from services.routing.domain.commands import (
    AcceptTicket,
    Asked,
    Command,
    ConfigureAgent,
    ConfigurePool,
    ConfigureQueue,
    OpenTicket,
    ResolveTicket,
    SetStatus,
)
from services.routing.domain.configuration import AgentSettings, PoolSettings, QueueSettings
from services.routing.ownership import Maker
from services.routing.store import Store
from shared.deciding import Commanded, DecisionMaker

AGENTS = 20
_BEGAN = datetime(2026, 11, 21, 8, tzinfo=UTC)
_CHANNELS = ("phone", "chat", "email")


def maker(store: Store, pool: str) -> Maker:
    """The pool's decision maker, whose decisions nobody follows."""
    return DecisionMaker(stream_of(pool), "routing", PoolDecider(), store.log, (), lambda: _BEGAN)


def setup(pool: str) -> list[Commanded[Asked]]:
    """A queue for each agent, and one that nobody serves."""
    wanted: list[Command] = [ConfigurePool(settings=PoolSettings(name="Full"))]
    wanted.append(ConfigureQueue(queue="waiting", settings=QueueSettings(name="Nobody", skills={"patience": 1})))
    for number in range(AGENTS):
        wanted.append(ConfigureQueue(queue=f"q{number}", settings=QueueSettings(name=f"Queue {number}")))
        settings = AgentSettings(name=f"Agent {number}", queues=(f"q{number}", "waiting"))
        wanted += (
            ConfigureAgent(agent=f"a{number}", settings=settings),
            SetStatus(agent=f"a{number}", status="available"),
        )
    return [_asked(f"{pool}/setup-{number}", command, 0) for number, command in enumerate(wanted)]


def resolved(pool: str, numbers: range) -> list[Commanded[Asked]]:
    """A ticket of each number comes, is taken and is resolved."""
    return [
        _asked(f"{pool}/{ticket}-{step}", command, number)
        for number in numbers
        for ticket in (f"t-{number:08}",)
        for step, command in enumerate(_life(ticket, number))
    ]


def waiting(pool: str, numbers: range) -> list[Commanded[Asked]]:
    """A ticket of each number comes, and stays."""
    return [_asked(f"{pool}/w-{number}", _open(f"w-{number:08}", "waiting", number), number) for number in numbers]


def _life(ticket: str, number: int) -> Iterator[Command]:
    yield _open(ticket, f"q{number % AGENTS}", number)
    yield AcceptTicket(ticket=ticket, agent=f"a{number % AGENTS}")
    yield ResolveTicket(ticket=ticket, agent=f"a{number % AGENTS}")


def _open(ticket: str, queue: str, number: int) -> OpenTicket:
    return OpenTicket(
        ticket=ticket,
        conversation=f"conversation-of-{ticket}",
        channel=_CHANNELS[number % len(_CHANNELS)],
        identity=f"{number:032x}",
        queue=queue,
        happened=_moment(number),
    )


def _asked(name: str, command: Command, number: int) -> Commanded[Asked]:
    at = _moment(number)
    return Commanded(id=name, command=Asked(command=command, at=at, now=at), offset=None)


def _moment(number: int) -> datetime:
    return _BEGAN + timedelta(milliseconds=10 * number)
