"""Which queue an interaction belongs to.

The first of: the queue that the interaction names, the queues whose rules match (by rank, then by id), the default
queue (by rank, then by id). Queues of all pools are asked, so the queue also decides the pool.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.routing.domain.configuration import QueueRule, QueueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownQueue:
    """A queue of any pool."""

    id: str
    pool: str
    settings: QueueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What rules look at. queue: the queue that the channel or plugin names, if it does. segment: the customer's."""

    channel: str
    address: str | None = None
    language: str | None = None
    queue: str | None = None
    segment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The queue that takes an interaction. by: why: `named`, `rule-2` (the queue's second rule), `default`, or
    `conversation` (no rule says otherwise, and the conversation's first ticket was there).
    """

    queue: KnownQueue
    by: str


def choose_queue(queues: Iterable[KnownQueue], traits: Traits) -> Choice | None:
    """The queue that an interaction with these traits belongs to; None if no queue takes it."""
    in_order = sorted(queues, key=lambda queue: (queue.settings.rank, queue.id))
    named = (Choice(queue=queue, by="named") for queue in in_order if queue.id == traits.queue)
    matching = (
        Choice(queue=queue, by=f"rule-{number}")
        for queue in in_order
        for number, rule in enumerate(queue.settings.rules, 1)
        if matches(rule, traits)
    )
    default = (Choice(queue=queue, by="default") for queue in in_order if queue.settings.default)
    return next(named, None) or next(matching, None) or next(default, None)


def matches(rule: QueueRule, traits: Traits) -> bool:
    """Whether everything that the rule gives is true of the interaction."""
    return (
        rule.channel in (None, traits.channel)
        and (rule.address is None or rule.address.casefold() == (traits.address or "").casefold())
        and (rule.language is None or _speaks(rule.language, traits.language))
    )


def _speaks(wanted: str, language: str | None) -> bool:
    spoken = (language or "").casefold()
    return spoken == wanted.casefold() or spoken.startswith(f"{wanted.casefold()}-")
