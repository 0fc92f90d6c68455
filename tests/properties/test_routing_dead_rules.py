"""Which rules can never decide, held against asking the rules about everything that can come."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, combinations, product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.configuration import QueueRule, QueueSettings
from services.routing.domain.dead_rules import dead_rules, killed_by
from services.routing.domain.rules import (
    IsOpen,
    KnownQueue,
    PlacedRule,
    Traits,
    choose_queue,
    matches,
    rules_in_order,
)
from services.routing.domain.words import said

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
POOLS = {"a": "north", "b": "north", "c": "south"}
VALUES: dict[str, Sequence[Any]] = {
    "channel": ("phone", "email"),
    "address": ("Shop@x.example", "shop@x.example", "+49301"),
    "language": ("de", "de-AT", "en"),
    "segment": ("gold", "GOLD"),
    "ivr": ("1", "2"),
    "words": (("refund",), ("refund", "money back"), ("money",), ("Müller",), ("muller",), ("muller", "mueller")),
    "hours": (("open", None), ("closed", None), ("open", "night"), ("closed", "night")),
    "open_ticket": ("queue", "pool", "none"),
    "conversation": ("new", "known"),
}
TEXTS = tuple(
    said([text]) for text in ("", "refund", "money", "money back", "Muller", "Mueller", "Müller", "refund for Müller")
)

Case = tuple[Traits, frozenset[str]]
"""What comes, and the calendars that are open then."""


def rule(given: dict[str, Any]) -> QueueRule:
    """The rule with these conditions, without those that contradict the others."""
    conditions = dict(given)
    if "ivr" in conditions:
        conditions.pop("words", None)
        conditions.pop("conversation", None)
    if "hours" in conditions:
        conditions["hours"], conditions["calendar"] = conditions["hours"]
    return QueueRule(**conditions)


def conditions(about: Sequence[str], most: int) -> st.SearchStrategy[dict[str, Any]]:
    """Up to `most` conditions of one rule."""
    names = st.lists(st.sampled_from(about), unique=True, max_size=most)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: st.sampled_from(VALUES[name]) for name in chosen}))


@st.composite
def configurations(draw: st.DrawFn, most: int) -> list[KnownQueue]:
    """Three queues in two pools, whose rules ask for the same few things. most: conditions of a rule."""
    about = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, min_size=1, max_size=2))
    return [
        KnownQueue(
            id=queue,
            pool=pool,
            settings=QueueSettings(
                name=queue,
                rank=draw(st.integers(1, 2)),
                calendar="day",
                rules=tuple(draw(st.lists(conditions(about, most).map(rule), max_size=2))),
            ),
        )
        for queue, pool in POOLS.items()
    ]


def cases(queues: Sequence[KnownQueue]) -> Iterator[Case]:
    """Everything that can come and that these rules could tell apart, and what no rule names."""
    rules = [one.rule for one in rules_in_order(queues)]

    def told(name: str) -> list[Any]:
        return list(dict.fromkeys(value for one in rules if (value := getattr(one, name)) is not None))

    opened = [frozenset(chosen) for chosen in subsets(("day", "night") if told("hours") else ())]
    tickets = subsets([(pool, queue) for queue, pool in [*POOLS.items(), ("z", "north"), ("z", "south")]])
    for channel, address, language, segment, ivr, text, ticketed, known, open_ones in product(
        [*told("channel"), "fax"],
        [*told("address"), None],
        [*told("language"), "fr"],
        [*told("segment"), None],
        [*told("ivr"), None],
        TEXTS if any(told("words")) else TEXTS[:1],
        tickets if told("open_ticket") else ((),),
        (False, True) if told("conversation") else (False,),
        opened,
    ):
        traits = Traits(
            channel=channel,
            address=address,
            language=language,
            segment=segment,
            ivr=ivr,
            said=text,
            open_tickets=frozenset(ticketed),
            known=known,
            at=AT,
        )
        yield traits, open_ones


def subsets(values: Sequence[Any]) -> list[tuple[Any, ...]]:
    return list(chain.from_iterable(combinations(values, size) for size in range(len(values) + 1)))


def open_in(calendars: frozenset[str]) -> IsOpen:
    return lambda calendar, _: calendar in calendars


def decides(placed: Sequence[PlacedRule], case: Case) -> Iterator[tuple[str, int]]:
    """The rules that decide: one for a new conversation, one in each pool for a known one.

    A rule that asks nothing of the conversation and is held up by one like it in another pool does not count.
    """
    traits, opened = case
    found = [one for one in placed if matches(one.queue, one.rule, traits, open_in(opened))]
    for one in found:
        before = found[: found.index(one)]
        if traits.known and one.rule.conversation:
            before = [other for other in before if other.queue.pool == one.queue.pool]
        elif traits.known:
            before = [
                other for other in before if other.queue.pool == one.queue.pool or other.rule.conversation is None
            ]
        if not before:
            yield one.queue.id, one.number


def names(dead: Sequence[Any]) -> set[tuple[str, int]]:
    return {(one.queue, one.number) for one in dead}


@given(configurations(most=1))
def test_of_rules_with_one_condition_exactly_those_are_dead_that_nothing_reaches(queues: list[KnownQueue]) -> None:
    placed = rules_in_order(queues)
    reached = {name for case in cases(queues) for name in decides(placed, case)}
    assert names(dead_rules(queues)) == {(one.queue.id, one.number) for one in placed} - reached


@given(configurations(most=2), st.data())
def test_a_dead_rule_decides_nothing_of_what_it_matches(queues: list[KnownQueue], data: st.DataObject) -> None:
    placed = {(one.queue.id, one.number): one for one in rules_in_order(queues)}
    within = {pool: [one for one in queues if one.pool == pool] for pool in POOLS.values()}
    for asked, known in [(queues, False), *((own, True) for own in within.values())]:
        for name in sorted(names(dead_rules(asked))):
            if placed[name].rule.conversation == ("new" if known else "known"):
                continue
            for traits, opened in data.draw(st.lists(cases_of(placed[name], known), min_size=5, max_size=5)):
                choice = choose_queue(asked, traits, open_in(opened))
                assert choice is not None
                assert (choice.queue.id, choice.by) != (name[0], f"rule-{name[1]}")


@st.composite
def cases_of(draw: st.DrawFn, placed: PlacedRule, known: bool) -> Case:
    """Anything that the rule matches."""
    wanted = placed.rule

    def told(name: str) -> Any:  # noqa: ANN401 (a value of any condition)
        return getattr(wanted, name) or draw(st.sampled_from([*VALUES[name], None]))

    texts = [text for text in TEXTS if not wanted.words or text.has_any(wanted.words)]
    calendar = wanted.calendar or "day"
    opened = draw(st.frozensets(st.sampled_from(("day", "night")))) - {calendar}
    if wanted.hours == "open" or (wanted.hours is None and draw(st.booleans())):
        opened |= {calendar}
    own = {"queue": {(placed.queue.pool, placed.queue.id)}, "pool": {(placed.queue.pool, "z")}}
    tickets = draw(st.frozensets(st.sampled_from([(pool, queue) for queue, pool in POOLS.items()])))
    if wanted.open_ticket == "none":
        tickets = frozenset(one for one in tickets if one[0] != placed.queue.pool)
    traits = Traits(
        channel=told("channel") or "fax",
        address=told("address"),
        language=told("language"),
        segment=told("segment"),
        ivr=told("ivr"),
        said=draw(st.sampled_from(texts)),
        open_tickets=tickets | own.get(wanted.open_ticket or "", set()),
        known=known,
        at=AT,
    )
    return traits, opened


@given(configurations(most=2), configurations(most=2), st.sampled_from(sorted(POOLS)))
def test_a_change_is_told_its_own_dead_rules_and_those_that_it_kills(
    before: list[KnownQueue], wanted: list[KnownQueue], name: str
) -> None:
    changed = next(one for one in wanted if one.id == name)
    after = [changed if one.id == name else one for one in before]
    told = names(killed_by(changed, before))
    new = names(dead_rules(after)) - names(dead_rules(before))
    assert told == {(queue, number) for queue, number in names(dead_rules(after)) if queue == name} | {
        (queue, number) for queue, number in new if queue != name
    }
