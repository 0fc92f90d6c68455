"""Rules that can never decide: what they ask contradicts itself, or earlier rules take everything that they would.

Whether earlier rules take everything is found out with the least that a rule matches: its own channel, address and so
on, and of its words one phrase. An earlier rule that matches that matches whatever the rule matches. What is left are
facts that are true or not (a calendar is open, there is an open ticket, the conversation is known); if there is no way
for them to be so that no earlier rule matches, the rule is dead. Calendars are taken to be independent of each other.

A conversation that is known stays in its pool, so a rule for known ones is held against the rules of its own pool only,
and holds nothing up in another.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from services.routing.domain.configuration import QueueRule
from services.routing.domain.rules import Condition, KnownQueue, PlacedRule, Traits, matches, rules_in_order
from services.routing.domain.words import NOTHING, Said, words_of

Fact = tuple[str, ...]
Facts = dict[Fact, bool]

_NO_CHANNEL = ""
_FACTS: tuple[Condition, ...] = ("hours", "open_ticket", "conversation")
_MOST_SPELLINGS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadRule:
    """A rule that never decides. reason: a sentence that says why."""

    queue: str
    number: int
    reason: str


def dead_rules(queues: Collection[KnownQueue]) -> list[DeadRule]:
    """The dead rules of a configuration, in the order in which they are asked."""
    placed = rules_in_order(queues)
    return list(_dead(placed, range(len(placed))))


def killed_by(changed: KnownQueue, known: Collection[KnownQueue]) -> list[DeadRule]:
    """The dead rules of a queue as it is to be, and those that it makes dead. known: all queues as they are."""
    placed = rules_in_order([*(queue for queue in known if queue.id != changed.id), changed])
    new = [one for one in placed if one.queue is changed]
    own = [place for place, one in enumerate(placed) if one.queue is changed]
    touched = [
        place
        for place, one in enumerate(placed)
        if one.queue is not changed and any(_may_take(other, one, _least(one.rule)) for other in new)
    ]
    dead_before = {(one.queue, one.number) for one in dead_rules(known)} if touched else set()
    return [
        *_dead(placed, own),
        *(one for one in _dead(placed, touched) if (one.queue, one.number) not in dead_before),
    ]


def _dead(placed: Sequence[PlacedRule], places: Iterable[int]) -> Iterator[DeadRule]:
    for place in places:
        one = placed[place]
        if reason := _fault(one.queue, one.rule) or _taken(_takers(one, placed[:place])):
            yield DeadRule(queue=one.queue.id, number=one.number, reason=reason)


def _fault(queue: KnownQueue, rule: QueueRule) -> str | None:
    """What is wrong with the rule, whatever the others are."""
    wordless = [phrase for phrase in rule.words if not words_of(phrase)]
    if wordless:
        return f"{wordless[0]!r} has no letter and no digit"
    if rule.ivr is not None and rule.words:
        return "a choice in a menu has no words"
    if rule.ivr is not None and rule.conversation == "known":
        return "a choice in a menu is the beginning of its conversation"
    if rule.hours is None and rule.calendar is not None:
        return "it names a calendar and does not say whether it is open or closed (hours)"
    if rule.hours is not None and _calendar(queue, rule) is None:
        return "it asks for business hours and neither it nor the queue names a calendar"
    return None


def _taken(takers: Sequence[PlacedRule]) -> str | None:
    if not takers:
        return None
    names = " and ".join(f"rule {one.number} of {one.queue.id}" for one in takers)
    return f"{names} {'takes' if len(takers) == 1 else 'together take'} everything that it would"


def _takers(one: PlacedRule, earlier: Iterable[PlacedRule]) -> list[PlacedRule]:
    """Earlier rules that together match everything that the rule matches; none if they leave it something."""
    least = _least(one.rule)
    earlier = [other for other in earlier if _may_take(other, one, least)]
    given, takers = _facts(one.queue, one.rule), set[int]()
    for said in _least_said(one.rule.words):
        traits = replace(least, said=said)
        able = [other for other in earlier if matches(other.queue, other.rule, traits, unknown=_FACTS)]
        needed = _needed(given, able)
        if not needed:
            return []
        takers |= {id(other) for other in needed}
    return [other for other in earlier if id(other) in takers]


def _may_take(other: PlacedRule, one: PlacedRule, least: Traits) -> bool:
    """Whether the other rule matches what the rule matches, as far as words and facts do not say otherwise."""
    if "known" in (one.rule.conversation, other.rule.conversation) and one.queue.pool != other.queue.pool:
        return False
    if other.rule.hours == "closed" and _calendar(other.queue, other.rule) is None:
        return False
    return matches(other.queue, other.rule, least, unknown=(*_FACTS, "words"))


def _least(rule: QueueRule) -> Traits:
    return Traits(
        channel=rule.channel or _NO_CHANNEL,
        address=rule.address,
        language=rule.language,
        segment=rule.segment,
        ivr=rule.ivr,
    )


def _calendar(queue: KnownQueue, rule: QueueRule) -> str | None:
    return rule.calendar or queue.settings.calendar


def _least_said(words: Sequence[str]) -> Iterator[Said]:
    """The shortest texts in which the rule finds what it looks for: each phrase, in each of its spellings."""
    if not words:
        yield NOTHING
    for phrase in words:
        ways = list(product(*words_of(phrase)))
        for way in ways[:_MOST_SPELLINGS]:
            yield Said(tuple((spelling,) for spelling in way))
        if len(ways) > _MOST_SPELLINGS:
            yield NOTHING


def _needed(given: Facts, able: Sequence[PlacedRule]) -> list[PlacedRule]:
    """As few of these rules as together match whatever else is true; none if even all of them do not."""
    facts = {id(other): _facts(other.queue, other.rule) for other in able}
    if _escapes(given, list(facts.values())):
        return []
    needed = list(able)
    for other in reversed(able):
        fewer = [one for one in needed if one is not other]
        if not _escapes(given, [facts[id(one)] for one in fewer]):
            needed = fewer
    return needed


def _facts(queue: KnownQueue, rule: QueueRule) -> Facts:
    """What has to be true or untrue for the rule to match, beyond the interaction itself."""
    facts: Facts = {}
    calendar = _calendar(queue, rule)
    if rule.hours is not None and calendar is not None:
        facts["open", calendar] = rule.hours == "open"
    if rule.conversation is not None:
        facts["known",] = rule.conversation == "known"
    if rule.open_ticket is not None:
        facts["ticket", queue.pool] = rule.open_ticket != "none"
    if rule.open_ticket == "queue":
        facts["ticket", queue.pool, queue.id] = True
    return facts


def _escapes(given: Mapping[Fact, bool], takers: Iterable[Facts]) -> bool:
    """Whether facts can be, beside those that are given, so that none of the takers has all of its own."""
    undecided: list[Facts] = []
    for taker in takers:
        if any(given.get(fact, wanted) != wanted for fact, wanted in taker.items()):
            continue
        left = {fact: wanted for fact, wanted in taker.items() if fact not in given}
        if not left:
            return False
        undecided.append(left)
    if not undecided:
        return True
    fact, wanted = next(iter(min(undecided, key=len).items()))
    return any(_escapes({**given, fact: value}, undecided) for value in (not wanted, wanted))
