"""Which queue an interaction belongs to.

The first of: the queue that the interaction names, the queues whose rules match (by rank, then by id), the default
queue (by rank, then by id). Queues of all pools are asked, so the queue also decides the pool.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, overload

from services.routing.domain.configuration import QueueRule, QueueSettings
from services.routing.domain.words import NOTHING, Said

IsOpen = Callable[[str, datetime], bool]
"""Whether the calendar of that id is open at a moment."""


def always_open(_calendar: str, _at: datetime) -> bool:
    """Business hours where there are no calendars."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownQueue:
    """A queue of any pool."""

    id: str
    pool: str
    settings: QueueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What rules look at. queue: the queue that the channel or plugin names, if it does. at: when it happened; None:
    business hours count as open.

    segment: of the customer. said: what the customer wrote. ivr: what a caller chose from a menu. open_tickets: pool
    and queue of the customer's open tickets. known: the conversation has had a ticket before.
    """

    channel: str
    address: str | None = None
    language: str | None = None
    queue: str | None = None
    segment: str | None = None
    at: datetime | None = None
    said: Said = NOTHING
    ivr: str | None = None
    open_tickets: frozenset[tuple[str, str]] = frozenset()
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRule:
    """A rule and where it stands: the queue's first is number 1."""

    queue: KnownQueue
    number: int
    rule: QueueRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The queue that takes an interaction. by: why: `named`, `rule-2` (the queue's second rule), `default`, or
    `conversation` (no rule says otherwise, and the conversation's first ticket was there). rule: the one that decided.
    """

    queue: KnownQueue
    by: str
    rule: QueueRule | None = None


_REMEMBERED = 10_000
"""For so many pairs of channel and address it is remembered which rules are about them."""

Condition = Literal["words", "ivr", "hours", "open_ticket", "conversation"]
"""Conditions that may be left open for a while."""


class Queues(Sequence[KnownQueue]):
    """Queues in the order in which they are asked, by rank, then by id. It remembers what was looked for."""

    def __init__(self, queues: Iterable[KnownQueue]) -> None:
        self._queues = sorted(queues, key=lambda queue: (queue.settings.rank, queue.id))
        self._found: dict[tuple[str, str | None], Sequence[PlacedRule]] = {}
        self._of_pools: dict[str, Queues] = {}

    @classmethod
    def of(cls, queues: Iterable[KnownQueue]) -> "Queues":
        """The same queues; as they are, if they are in order already."""
        return queues if isinstance(queues, Queues) else cls(queues)

    @overload
    def __getitem__(self, place: int) -> KnownQueue: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[KnownQueue]: ...
    def __getitem__(self, place: int | slice) -> KnownQueue | Sequence[KnownQueue]:
        return self._queues[place]

    def __len__(self) -> int:
        return len(self._queues)

    def __iter__(self) -> Iterator[KnownQueue]:
        return iter(self._queues)

    def rules(self, traits: Traits) -> Sequence[PlacedRule]:
        """The rules whose channel and address match, in the order in which they are asked."""
        key = (traits.channel, traits.address)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            found = self._found[key] = [one for one in rules_in_order(self) if _is_about(one.rule, traits)]
        return found

    def of_pool(self, pool: str) -> "Queues":
        """Those of a pool."""
        if pool not in self._of_pools:
            self._of_pools[pool] = Queues(queue for queue in self if queue.pool == pool)
        return self._of_pools[pool]


def rules_in_order(queues: Iterable[KnownQueue]) -> list[PlacedRule]:
    """All rules in the order in which they are asked."""
    return [
        PlacedRule(queue=queue, number=number, rule=rule)
        for queue in Queues.of(queues)
        for number, rule in enumerate(queue.settings.rules, 1)
    ]


def choose_queue(queues: Iterable[KnownQueue], traits: Traits, is_open: IsOpen = always_open) -> Choice | None:
    """The queue that an interaction with these traits belongs to; None if no queue takes it."""
    asked = Queues.of(queues)
    named = (Choice(queue=queue, by="named") for queue in asked if queue.id == traits.queue)
    matching = (
        Choice(queue=one.queue, by=f"rule-{one.number}", rule=one.rule)
        for one in asked.rules(traits)
        if matches(one.queue, one.rule, traits, is_open)
    )
    default = (Choice(queue=queue, by="default") for queue in asked if queue.settings.default)
    return next(named, None) or next(matching, None) or next(default, None)


def hangs_on(
    condition: Condition, queues: Collection[KnownQueue], traits: Traits, is_open: IsOpen = always_open
) -> bool:
    """Whether what is not known yet (the words, the choice in a menu) could decide, or a rule before it does so."""
    asked = Queues.of(queues)
    if any(queue.id == traits.queue for queue in asked):
        return False
    for one in asked.rules(traits):
        if matches(one.queue, one.rule, traits, is_open, unknown=(condition,)):
            return bool(getattr(one.rule, condition))
    return False


def matches(
    queue: KnownQueue,
    rule: QueueRule,
    traits: Traits,
    is_open: IsOpen = always_open,
    unknown: Collection[Condition] = (),
) -> bool:
    """Whether everything that the rule gives is true of the interaction. unknown: what counts as true unseen."""
    return (
        _is_about(rule, traits)
        and (rule.language is None or _speaks(rule.language, traits.language))
        and (rule.segment is None or _same(rule.segment, traits.segment))
        and (rule.ivr is None or "ivr" in unknown or _same(rule.ivr, traits.ivr))
        and (rule.hours is None or "hours" in unknown or _keeps_hours(queue, rule, traits, is_open))
        and (rule.open_ticket is None or "open_ticket" in unknown or _has_ticket(queue, rule, traits))
        and (rule.conversation is None or "conversation" in unknown or traits.known == (rule.conversation == "known"))
        and (not rule.words or "words" in unknown or traits.said.has_any(rule.words))
    )


def _is_about(rule: QueueRule, traits: Traits) -> bool:
    return rule.channel in (None, traits.channel) and (rule.address is None or _same(rule.address, traits.address))


def _same(wanted: str, told: str | None) -> bool:
    return told is not None and wanted.strip().casefold() == told.strip().casefold()


def _speaks(wanted: str, language: str | None) -> bool:
    spoken = (language or "").casefold()
    return spoken == wanted.casefold() or spoken.startswith(f"{wanted.casefold()}-")


def _keeps_hours(queue: KnownQueue, rule: QueueRule, traits: Traits, is_open: IsOpen) -> bool:
    calendar = rule.calendar or queue.settings.calendar
    opened = calendar is None or traits.at is None or is_open(calendar, traits.at)
    return opened == (rule.hours == "open")


def _has_ticket(queue: KnownQueue, rule: QueueRule, traits: Traits) -> bool:
    match rule.open_ticket:
        case "queue":
            return (queue.pool, queue.id) in traits.open_tickets
        case wanted:
            return any(pool == queue.pool for pool, _ in traits.open_tickets) == (wanted == "pool")
