"""From what interactions mean to commands: which pool decides on a conversation, and what is over before it began.

The same memory and interaction always lead to a command with the same id, which is decided once, so doing it again is
harmless. What the command says of the customer is what was known when it was made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from services.routing.domain.commands import Command, EndContact, Ended, OpenTicket
from services.routing.domain.meaning import Ending, Opening
from services.routing.domain.rules import Choice, KnownQueue, choose_queue
from shared.contracts.envelope import event_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What routing remembers of a conversation.

    pool: where its tickets are decided, for ever the same. queue, opened: its first ticket's queue and opening event.
    ended: its latest end.
    """

    id: str
    pool: str | None = None
    queue: str | None = None
    opened: str | None = None
    ended: Ended | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPool:
    """A command for a pool's decision maker. id: follows from the interaction's, so a repeat is decided once."""

    id: str
    pool: str
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Unroutable:
    """No queue takes the interaction: neither a hint nor a rule nor a default leads to one."""

    event: str
    channel: str


def take(
    known: Conversation, meant: Opening | Ending, queues: Sequence[KnownQueue]
) -> tuple[Conversation, ToPool | Unroutable | None]:
    """What to remember of the conversation from now on, and the command that follows, if one does."""
    match meant:
        case Opening():
            return _open(known, meant, queues)
        case Ending():
            return _end(known, meant)
        case _:
            assert_never(meant)


def _open(
    known: Conversation, opening: Opening, queues: Sequence[KnownQueue]
) -> tuple[Conversation, ToPool | Unroutable | None]:
    choice = _queue_of(known, opening, queues)
    if choice is None:
        return known, Unroutable(event=opening.event, channel=opening.traits.channel)
    queue = choice.queue
    first = known.opened in (None, opening.event)
    over = known.ended if known.ended and (opening.certain or opening.at <= known.ended.at) else None
    if over and not first:
        return known, None  # it came late and belongs to a contact that is over
    if first:
        known = replace(known, pool=queue.pool, queue=queue.id, opened=opening.event)
    command = OpenTicket(
        ticket=event_id(f"/conversations/{opening.conversation}", opening.event),
        conversation=opening.conversation,
        channel=opening.traits.channel,
        identity=opening.identity,
        queue=queue.id,
        by=choice.by,
        happened=opening.at,
        skills=opening.skills,
        priority=opening.priority,
        ended=over,
        customer=opening.caller.customer,
        segment=opening.caller.segment,
        account_manager=opening.caller.account_manager,
        last_agent=opening.caller.last_agent,
    )
    return known, ToPool(id=opening.event, pool=queue.pool, command=command)


def _queue_of(known: Conversation, opening: Opening, queues: Iterable[KnownQueue]) -> Choice | None:
    if known.pool is None:
        return choose_queue(queues, opening.traits)
    own = [queue for queue in queues if queue.pool == known.pool]
    before = next((Choice(queue=queue, by="conversation") for queue in own if queue.id == known.queue), None)
    return choose_queue(own, opening.traits) or before


def _end(known: Conversation, ending: Ending) -> tuple[Conversation, ToPool | None]:
    latest = ending.ended if known.ended is None or ending.ended.at > known.ended.at else known.ended
    remembered = replace(known, ended=latest)
    if known.pool is None:
        return remembered, None
    command = EndContact(conversation=ending.conversation, ended=ending.ended)
    return remembered, ToPool(id=ending.event, pool=known.pool, command=command)
