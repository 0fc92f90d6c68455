"""From what interactions mean to commands: which pool decides on a conversation, and what is over before it began.

The same memory and interaction always lead to a command with the same id, which is decided once, so doing it again is
harmless. What the command says of the customer is what was known when it was made.

A call whose caller may still choose from a menu, by which a rule would decide, goes to no queue yet: it is held until
the choice comes, or until nobody chooses any more (MENU). Who hangs up before that has asked no queue for anything.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from services.routing.domain.answer_command import AnswerContact
from services.routing.domain.commands import Command, EndContact, Ended, OpenTicket
from services.routing.domain.commands_relief import HearCallbackWish
from services.routing.domain.languages import primary
from services.routing.domain.meaning import Answer, CallbackWish, Ending, Meaning, Opening
from services.routing.domain.rules import Choice, IsOpen, KnownQueue, Queues, always_open, choose_queue, hangs_on
from shared.contracts.envelope import event_id

MENU = timedelta(seconds=30)
"""How long a caller has for a menu: a short one is read out once in this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What routing remembers of a conversation.

    pool: where its tickets are decided, for ever the same. queue, opened: its first ticket's queue and opening event.
    ended: its latest end. held: a call's start, while its caller may still choose from a menu.
    """

    id: str
    pool: str | None = None
    queue: str | None = None
    opened: str | None = None
    ended: Ended | None = None
    held: Opening | None = None


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


Taken = tuple[Conversation, ToPool | Unroutable | None]
"""What to remember of the conversation from now on, and the command that follows, if one does."""


def take(known: Conversation, meant: Meaning, queues: Collection[KnownQueue], is_open: IsOpen = always_open) -> Taken:
    """What follows from an interaction."""
    match meant:
        case Opening(begins="choice"):
            return _choose(known, meant, queues, is_open)
        case Opening(begins="voicemail"):
            return _open(replace(known, held=None), meant, queues, is_open)
        case Opening():
            return _ask(known, meant, queues, is_open)
        case Ending():
            return _end(known, meant, queues, is_open)
        case Answer():
            return known, _answer(known, meant, queues)
        case CallbackWish():
            return known, _wish(known, meant)
        case _:
            assert_never(meant)


def release(known: Conversation, queues: Collection[KnownQueue], is_open: IsOpen = always_open) -> Taken:
    """What follows when the caller of a held call has chosen nothing in time."""
    if known.held is None:
        return known, None
    return _open(replace(known, held=None), replace(known.held, at=known.held.at + MENU), queues, is_open)


def _ask(known: Conversation, opening: Opening, queues: Collection[KnownQueue], is_open: IsOpen) -> Taken:
    if opening.begins == "call" and known.opened is None and hangs_on("ivr", queues, opening.traits, is_open):
        if known.ended is None:
            return replace(known, held=opening), None
        if known.ended.at < opening.at + MENU:
            return known, None
    return _open(known, opening, queues, is_open)


def _choose(known: Conversation, choice: Opening, queues: Collection[KnownQueue], is_open: IsOpen) -> Taken:
    if known.held is not None:
        return _open(replace(known, held=None), _chosen(known.held, choice), queues, is_open)
    asked = replace(choice.traits, ivr=None)
    if known.opened not in (None, choice.event) or not hangs_on("ivr", queues, asked, is_open):
        return known, None  # it came too late, or no rule asks for it
    return _open(known, choice, queues, is_open)


def _chosen(held: Opening, choice: Opening) -> Opening:
    """The call as it is asked for with the choice; it waits from then on."""
    told = choice.traits
    traits = replace(
        told,
        channel=held.traits.channel,
        address=told.address or held.traits.address,
        language=told.language or held.traits.language,
        queue=told.queue or held.traits.queue,
    )
    return replace(
        held,
        at=max(held.at, choice.at),
        traits=traits,
        skills=(*held.skills, *choice.skills),
        priority=choice.priority or held.priority,
        caller=choice.caller,
    )


def _open(known: Conversation, opening: Opening, queues: Collection[KnownQueue], is_open: IsOpen) -> Taken:
    choice = _queue_of(known, opening, queues, is_open)
    if choice is None:
        return known, Unroutable(event=opening.event, channel=opening.traits.channel)
    queue, rule = choice.queue, choice.rule
    first = known.opened in (None, opening.event)
    over = known.ended if known.ended and (opening.certain or opening.at <= known.ended.at) else None
    if opening.begins == "voicemail":
        over = None  # a message is left at the end of a call, and told of afterwards
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
        needs=rule.skills if rule else {},
        priority=opening.priority or (rule.priority if rule else None),
        kind=rule.kind if rule else "request",
        ended=over,
        message=opening.begins == "message",
        customer=opening.caller.customer,
        segment=opening.caller.segment,
        account_manager=opening.caller.account_manager,
        last_agent=opening.caller.last_agent,
        language=primary(opening.traits.language) or primary(opening.caller.language),
    )
    return known, ToPool(id=opening.event, pool=queue.pool, command=command)


def _queue_of(known: Conversation, opening: Opening, queues: Collection[KnownQueue], is_open: IsOpen) -> Choice | None:
    traits = replace(opening.traits, known=known.opened not in (None, opening.event))
    if known.pool is None:
        return choose_queue(queues, traits, is_open)
    own = Queues.of(queues).of_pool(known.pool)
    before = next((Choice(queue=queue, by="conversation") for queue in own if queue.id == known.queue), None)
    return choose_queue(own, traits, is_open) or before


def _end(known: Conversation, ending: Ending, queues: Collection[KnownQueue], is_open: IsOpen) -> Taken:
    latest = ending.ended if known.ended is None or ending.ended.at > known.ended.at else known.ended
    remembered = replace(known, ended=latest)
    if known.held is not None:
        if ending.ended.at < known.held.at + MENU:
            return replace(remembered, held=None), None
        return release(remembered, queues, is_open)
    if known.pool is None:
        return remembered, None
    command = EndContact(conversation=ending.conversation, ended=ending.ended)
    return remembered, ToPool(id=ending.event, pool=known.pool, command=command)


def _wish(known: Conversation, wish: CallbackWish) -> ToPool | None:
    """Who is still in a menu does not wait for anybody yet."""
    if known.pool is None:
        return None
    command = HearCallbackWish(conversation=wish.conversation, wished=wish.at)
    return ToPool(id=wish.event, pool=known.pool, command=command)


def _answer(known: Conversation, answer: Answer, queues: Collection[KnownQueue]) -> ToPool | None:
    """Pools without targets need not know."""
    if known.pool is None:
        return None
    if not any(queue.settings.targets.is_set for queue in Queues.of(queues).of_pool(known.pool)):
        return None
    command = AnswerContact(conversation=answer.conversation, answered=answer.at)
    return ToPool(id=answer.event, pool=known.pool, command=command)
