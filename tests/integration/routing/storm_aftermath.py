"""What must hold after a storm, read off the decision log and the two processes."""

import asyncio
from collections import Counter
from itertools import groupby
from typing import Any, TypeGuard

from services.routing.commands import codec as commands
from services.routing.commands import pool_of, stream_of
from services.routing.domain.commands import OpenTicket
from services.routing.domain.events import Event
from services.routing.domain.events_moves import PoolAsked
from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from shared.contracts.interactions import CallStarted, MessageReceived, SealedInteraction
from shared.contracts.tickets import TicketOpened
from shared.topics import ROUTING_COMMANDS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.routing.centre import Centre
from tests.integration.routing.log import decisions, live_views, rebuilt_views, records
from tests.integration.running_service import RunningService
from tests.properties.routing_complaints import ComplaintsWitness
from tests.properties.routing_fair_day import FairDay
from tests.properties.routing_kept import put_together, taken_apart
from tests.properties.routing_order import OrderWitness
from tests.properties.routing_witness import Witness

_LOOKED_AT = 5


async def is_decided(servers: Servers, namespace: str) -> bool:
    """Whether every command in Kafka was decided; AssertionError if one was decided twice."""
    decided = Counter(one.command for entry in await decisions(servers, namespace) for one in entry.outcomes)
    assert set(decided.values()) == {1}, [command for command, times in decided.items() if times > 1]
    asked = {command.id for command in await records(servers, namespace, ROUTING_COMMANDS, commands)}
    return asked <= decided.keys()


async def views_are_right(servers: Servers, namespace: str) -> bool:
    """Whether the views are what a fold of the log makes; offers still expire meanwhile."""
    return await live_views(servers, namespace) == await rebuilt_views(servers, namespace)


async def every_pool_is_right(servers: Servers, namespace: str) -> None:
    """The log of each pool is legal in the eyes of witnesses who know only events, and leads to what they saw. From the
    middle of the log and from its end a fair day ends every ticket.
    """
    watched: dict[str, _Watched] = {}
    log = await decisions(servers, namespace)
    middle = {stream: len(list(entries)) // 2 for stream, entries in groupby(log, lambda entry: entry.stream)}
    for entry in log:
        one = watched.setdefault(entry.stream, _Watched(pool_of(entry.stream)))
        for _, event in entry.events:
            one.see(event)
        if entry.sequence == middle[entry.stream] and one.pool.name is not None:
            FairDay(put_together(taken_apart(one.pool)), entry.at, _nobody, ("sales",)).ends_everything(alone=True)
    for stream, one in watched.items():
        assert stream == stream_of(one.pool.id)
        one.agrees()
        if one.pool.name is not None:  # the stream of skills is no pool
            FairDay(one.pool, max(entry.at for entry in log), one.witness.see, ("sales",)).ends_everything(alone=False)


def _nobody(event: Event) -> None:
    """Nobody watches."""


class _Watched:
    """A pool, and who watches it."""

    def __init__(self, pool: str) -> None:
        self.pool = Pool(id=pool)
        self.witness = Witness()
        self._order = OrderWitness(self.witness)
        self._complaints = ComplaintsWitness()

    def see(self, event: Event) -> None:
        self._order.see(self.pool, event)
        self.witness.see(event)
        self._complaints.see(event)
        evolve(self.pool, event)

    def agrees(self) -> None:
        self.witness.agrees_with(self.pool)
        self._complaints.agrees_with(self.pool)


async def every_contact_has_a_ticket(servers: Servers, namespace: str, sent: list[SealedInteraction]) -> None:
    """Whoever called or wrote has one, none was opened twice, and what a pool hands over is opened in the other."""
    events = [event for entry in await decisions(servers, namespace) for _, event in entry.events]
    opened = [event for event in events if isinstance(event, TicketOpened)]
    asked = {one.data.conversation for one in sent if isinstance(one, CallStarted | MessageReceived)}
    assert len({event.ticket for event in opened}) == len(opened)
    assert asked <= {event.conversation for event in opened}
    commands_sent = [(event.pool, event.command) for event in events if isinstance(event, PoolAsked)]
    handed_over = {(pool, command.ticket) for pool, command in commands_sent if _hands_over(command)}
    assert handed_over <= {(event.pool, event.ticket) for event in opened}


def _hands_over(command: object) -> TypeGuard[OpenTicket]:
    return isinstance(command, OpenTicket) and command.by == "overflow"


async def both_answer_the_same(processes: list[RunningService], centres: list[Centre]) -> None:
    """Each thing that can be asked is the same in both processes, as soon as both have seen the latest decision."""
    async with processes[0].client("supervisor", "sue") as first, processes[1].client("supervisor", "sue") as second:

        async def same(path: str) -> Any:  # noqa: ANN401 (any answer)
            one, other = await asyncio.gather(first.get(path), second.get(path))
            assert one.is_success, one.text
            return one.json() if one.text == other.text else None

        async def look(path: str) -> Any:  # noqa: ANN401 (any answer)
            return await eventually(lambda: same(path), what=f"both answering the same to {path}")

        for path in ("/v1/agents", "/v1/queues", "/v1/complaints?limit=500"):
            await look(path)
        for centre in centres:
            await look(f"/v1/pools/{centre.pool}/live")
        for ticket in (await look("/v1/tickets?limit=500"))["items"][:_LOOKED_AT]:
            for what in ("history", "explain", "notes", "links"):
                await look(f"/v1/tickets/{ticket['id']}/{what}")
