"""What events about contacts that go from one pool to another change in their pool's state."""

from typing import assert_never

from services.routing.domain.commands import OpenTicket
from services.routing.domain.commands_relief import ForgetContact
from services.routing.domain.events_moves import ContactForgotten, ContactTaken, MoveEvent, PoolAsked
from services.routing.domain.moved import Moved, Taken
from services.routing.domain.state import Pool


def evolve_move(pool: Pool, event: MoveEvent) -> None:
    """Changes the pool by the event."""
    match event:
        case PoolAsked():
            _ask(pool, event)
        case ContactTaken():
            pool.taken[event.conversation] = Taken(pool=event.pool, number=event.number, hops=event.hops)
            moved = pool.moved.get(event.conversation)
            if moved is not None and event.hops > moved.hops:
                del pool.moved[event.conversation]  # it has come round
        case ContactForgotten():
            del pool.moved[event.conversation]
        case _:
            assert_never(event)


def _ask(pool: Pool, event: PoolAsked) -> None:
    command, before = event.command, pool.moved.get(event.conversation)
    if isinstance(command, ForgetContact):
        pool.taken.pop(event.conversation, None)
    elif command.came is not None:
        queue = command.queue if isinstance(command, OpenTicket) else before.queue if before else ""
        pool.moved[event.conversation] = Moved(
            pool=event.pool, queue=queue, number=command.came.number, hops=command.came.hops
        )
