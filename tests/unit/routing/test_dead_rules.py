"""Rules that can never decide, and what is said of them."""

import pytest

from services.routing.domain.configuration import QueueRule, QueueSettings
from services.routing.domain.dead_rules import dead_rules, killed_by
from services.routing.domain.rules import KnownQueue


def queue(
    name: str, *rules: QueueRule, rank: int = 5, pool: str = "main", calendar: str | None = "office"
) -> KnownQueue:
    settings = QueueSettings(name=name, rules=rules, rank=rank, calendar=calendar)
    return KnownQueue(id=name, pool=pool, settings=settings)


def reasons(*queues: KnownQueue) -> list[str]:
    return [f"{one.number} of {one.queue}: {one.reason}" for one in dead_rules(queues)]


CALLS = QueueRule(channel="phone")
ALL = QueueRule()


def test_a_rule_behind_one_that_takes_all_of_it_is_dead() -> None:
    german = queue("german", QueueRule(channel="phone", language="de-AT"), rank=3)
    assert reasons(queue("calls", CALLS, rank=2), german) == [
        "1 of german: rule 1 of calls takes everything that it would"
    ]
    assert reasons(queue("calls", CALLS, rank=4), german) == []


def test_a_queues_own_earlier_rule_counts_too() -> None:
    assert reasons(queue("calls", ALL, CALLS)) == ["2 of calls: rule 1 of calls takes everything that it would"]


def test_rules_that_together_leave_nothing_are_named_and_no_others() -> None:
    day = queue("day", QueueRule(channel="chat"), QueueRule(channel="phone", hours="open"), rank=1)
    night = queue("night", QueueRule(hours="closed"), rank=2)
    assert reasons(day, night, queue("calls", CALLS)) == [
        "1 of calls: rule 2 of day and rule 1 of night together take everything that it would"
    ]
    assert (
        reasons(day, queue("night", QueueRule(hours="closed", calendar="night"), rank=2), queue("calls", CALLS)) == []
    )


def test_each_phrase_has_to_be_taken_in_every_spelling() -> None:
    money = queue("money", QueueRule(words=("refund", "money", "zurückgeben")), rank=1)
    assert reasons(money, queue("back", QueueRule(words=("money back", "REFUND")))) == [
        "1 of back: rule 1 of money takes everything that it would"
    ]
    assert reasons(money, queue("back", QueueRule(words=("money back", "return")))) == []
    assert (
        reasons(queue("plain", QueueRule(words=("muller",)), rank=1), queue("both", QueueRule(words=("Müller",)))) == []
    )


def test_an_open_ticket_in_the_queue_is_one_in_its_pool() -> None:
    mine = queue("mine", QueueRule(open_ticket="queue"))
    assert reasons(queue("any", QueueRule(open_ticket="pool"), rank=1), mine) != []
    assert reasons(queue("any", QueueRule(open_ticket="pool"), rank=1, pool="other"), mine) == []
    assert reasons(queue("other", QueueRule(open_ticket="queue"), rank=1), mine) == []


def test_known_conversations_are_asked_about_in_their_own_pool_only() -> None:
    known = queue("known", QueueRule(conversation="known"))
    assert reasons(queue("all", ALL, rank=1), known) != []
    assert reasons(queue("all", ALL, rank=1, pool="other"), known) == []
    assert reasons(queue("elsewhere", QueueRule(conversation="known"), rank=1, pool="other"), queue("all", ALL)) == []


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (QueueRule(words=("refund", "!?")), "'!?' has no letter and no digit"),
        (QueueRule(ivr="2", words=("refund",)), "a choice in a menu has no words"),
        (QueueRule(ivr="2", conversation="known"), "a choice in a menu is the beginning of its conversation"),
        (QueueRule(calendar="office"), "it names a calendar and does not say whether it is open or closed (hours)"),
        (QueueRule(hours="open"), "it asks for business hours and neither it nor the queue names a calendar"),
    ],
)
def test_a_rule_that_contradicts_itself_is_dead(rule: QueueRule, reason: str) -> None:
    assert reasons(queue("all", rule, calendar=None)) == [f"1 of all: {reason}"]


def test_a_rule_that_never_decides_takes_nothing_from_others() -> None:
    never = queue("never", QueueRule(hours="closed"), rank=1, calendar=None)
    assert [one.queue for one in dead_rules([never, queue("calls", CALLS)])] == ["never"]


def test_who_changes_a_queue_is_told_of_its_own_dead_rules_and_of_those_it_kills() -> None:
    chats, calls = queue("chats", QueueRule(channel="chat"), CALLS, rank=6), queue("calls", CALLS)
    known = [chats, calls]
    assert [one.queue for one in dead_rules(known)] == ["chats"]
    everything = queue("calls", CALLS, ALL)
    assert [(one.queue, one.number) for one in killed_by(everything, known)] == [("chats", 1)]
    late = queue("calls", ALL, CALLS, rank=7)
    assert [(one.queue, one.number) for one in killed_by(late, known)] == [("calls", 2)]
    assert killed_by(calls, known) == []
