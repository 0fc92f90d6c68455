"""Which queue an interaction belongs to, and which pool decides on a conversation."""

from dataclasses import replace
from datetime import datetime

import pytest

from services.routing.domain.commands import EndContact, Ended, OpenTicket
from services.routing.domain.configuration import QueueRule, QueueSettings
from services.routing.domain.conversations import Conversation, ToPool, Unroutable, take
from services.routing.domain.customers import Caller
from services.routing.domain.meaning import Begins, Ending, Opening, asked_by
from services.routing.domain.rules import Choice, KnownQueue, Traits, choose_queue, hangs_on
from services.routing.domain.words import said
from tests.unit.routing.scenario import second


def queue(name: str, *rules: QueueRule, rank: int = 5, default: bool = False, pool: str = "main") -> KnownQueue:
    settings = QueueSettings(name=name, rules=rules, rank=rank, default=default)
    return KnownQueue(id=name, pool=pool, settings=settings)


PHONE = queue("phone", QueueRule(channel="phone"), rank=3)
GERMAN = queue("german", QueueRule(channel="phone", language="de"), rank=2)
BILLING = queue("billing", QueueRule(address="Billing@Shop.example"), rank=1)
REST = queue("rest", default=True, pool="second")
ANY = Traits(channel="email", at=second(0))


def ticketed(*open_tickets: tuple[str, str]) -> Traits:
    return Traits(channel="email", open_tickets=frozenset(open_tickets))


QUEUES = [REST, PHONE, GERMAN, BILLING]


def chosen(traits: Traits) -> str | None:
    found = choose_queue(QUEUES, traits)
    return None if found is None else found.queue.id


def test_what_chose_the_queue_is_told() -> None:
    two = queue("two", QueueRule(channel="fax"), QueueRule(channel="chat"))
    traits = [Traits(channel="chat", queue="two"), Traits(channel="chat"), Traits(channel="email")]
    found = [choose_queue([two, REST], one) for one in traits]
    assert [one and (one.queue.id, one.by) for one in found] == [
        ("two", "named"),
        ("two", "rule-2"),
        ("rest", "default"),
    ]


def test_the_first_rule_by_rank_counts() -> None:
    assert chosen(Traits(channel="phone", language="de-AT")) == "german"
    assert chosen(Traits(channel="phone", language="den")) == "phone"
    assert chosen(Traits(channel="phone")) == "phone"


def test_addresses_match_in_any_case() -> None:
    assert chosen(Traits(channel="email", address="billing@shop.example")) == "billing"


def test_a_hint_goes_before_every_rule_when_there_is_such_a_queue() -> None:
    assert chosen(Traits(channel="phone", language="de", queue="rest")) == "rest"
    assert chosen(Traits(channel="phone", queue="gone")) == "phone"


def test_what_no_rule_takes_goes_to_the_default_queue_or_nowhere() -> None:
    assert chosen(Traits(channel="email")) == "rest"
    assert choose_queue([PHONE], Traits(channel="email")) is None


@pytest.mark.parametrize(
    ("rule", "matching", "other"),
    [
        (QueueRule(words=("money back", "refund")), Traits(channel="email", said=said(["A Refund!"])), ANY),
        (QueueRule(segment="gold"), Traits(channel="email", segment="Gold"), Traits(channel="email", segment="silver")),
        (QueueRule(segment="gold"), Traits(channel="email", segment="gold"), ANY),
        (QueueRule(ivr="2"), Traits(channel="phone", ivr=" 2"), Traits(channel="phone", ivr="12")),
        (QueueRule(ivr="Billing"), Traits(channel="phone", ivr="billing"), ANY),
        (QueueRule(hours="open"), Traits(channel="email", at=second(0)), Traits(channel="email", at=second(60))),
        (QueueRule(hours="closed"), Traits(channel="email", at=second(60)), Traits(channel="email", at=second(0))),
        (
            QueueRule(hours="closed", calendar="late"),
            Traits(channel="email", at=second(0)),
            Traits(channel="email", at=second(60)),
        ),
        (QueueRule(open_ticket="queue"), ticketed(("main", "asked")), ticketed(("main", "other"))),
        (QueueRule(open_ticket="pool"), ticketed(("main", "other")), ticketed(("second", "asked"))),
        (QueueRule(open_ticket="none"), ticketed(("second", "asked")), ticketed(("main", "other"))),
        (QueueRule(conversation="known"), Traits(channel="email", known=True), ANY),
        (QueueRule(conversation="new"), ANY, Traits(channel="email", known=True)),
    ],
)
def test_each_condition_is_true_or_it_is_not(rule: QueueRule, matching: Traits, other: Traits) -> None:
    asked = KnownQueue(id="asked", pool="main", settings=QueueSettings(name="Asked", rules=(rule,), calendar="office"))

    def is_open(calendar: str, at: datetime) -> bool:
        return (at < second(30)) == (calendar == "office")

    assert choose_queue([asked], matching, is_open) == Choice(queue=asked, by="rule-1", rule=rule)
    assert choose_queue([asked], other, is_open) is None


def test_a_rule_matches_only_where_all_its_conditions_do() -> None:
    refunds = queue("refunds", QueueRule(channel="email", words=("refund",), segment="gold"))
    asked = Traits(channel="email", said=said(["refund"]), segment="gold")
    assert choose_queue([refunds], asked) is not None
    assert choose_queue([refunds], replace(asked, channel="chat")) is None
    assert choose_queue([refunds], replace(asked, segment=None)) is None


def test_words_are_asked_for_only_where_they_could_decide() -> None:
    refunds = queue("refunds", QueueRule(channel="email", words=("refund",)), rank=3)
    assert hangs_on("words", [refunds, REST], Traits(channel="email"))
    assert not hangs_on("words", [refunds, REST], Traits(channel="chat"))
    assert not hangs_on("words", [refunds, REST], Traits(channel="email", queue="rest"))
    assert not hangs_on("words", [refunds, queue("mails", QueueRule(channel="email"), rank=2)], Traits(channel="email"))


def test_what_the_rule_gives_goes_into_the_command_and_a_hint_goes_before_it() -> None:
    rule = QueueRule(priority=2, skills={"law": 3}, kind="complaint")
    _, taken = take(NEW, opening(), [queue("all", rule)])
    _, hinted = take(NEW, replace(opening(), priority=7, skills=("german",)), [queue("all", rule)])
    given, told = (one.command for one in (taken, hinted) if isinstance(one, ToPool))
    assert isinstance(given, OpenTicket)
    assert (given.by, given.priority, given.needs, given.kind) == ("rule-1", 2, {"law": 3}, "complaint")
    assert isinstance(told, OpenTicket)
    assert (told.priority, told.needs, told.skills) == (7, {"law": 3}, ("german",))


def opening(event: str = "e1", at: float = 10, *, channel: str = "chat", begins: Begins = "message") -> Opening:
    return Opening(
        event=event,
        at=second(at),
        conversation="c1",
        identity="0f",
        traits=Traits(channel=channel),
        skills=(),
        priority=None,
        begins=begins,
    )


def ending(event: str = "e9", at: float = 20) -> Ending:
    return Ending(event=event, conversation="c1", ended=Ended(at=second(at), reason="left"))


NEW = Conversation(id="c1")


def test_an_opening_goes_to_the_pool_of_its_queue_under_the_events_id() -> None:
    known, command = take(NEW, opening(), QUEUES)
    assert known == Conversation(id="c1", pool="second", queue="rest", opened="e1")
    assert isinstance(command, ToPool)
    assert (command.id, command.pool) == ("e1", "second")


def test_the_same_opening_again_leads_to_the_same_command() -> None:
    known, first = take(NEW, opening(), QUEUES)
    assert take(known, opening(), QUEUES) == (known, first)


def test_a_conversation_stays_in_its_pool_whatever_rules_say_later() -> None:
    known, _ = take(NEW, opening(), QUEUES)
    known, command = take(known, opening("e2", 11, channel="phone"), QUEUES)
    assert isinstance(command, ToPool)
    assert command.pool == "second"
    assert isinstance(command.command, OpenTicket)
    assert command.command.queue == "rest"


def test_what_is_known_of_the_caller_goes_with_the_command_and_is_asked_by_rules() -> None:
    caller = Caller(customer="cus_0f", segment="gold", account_manager="ann", language="de", last_agent="bob")
    asked = asked_by(opening(), caller)
    assert (asked.traits.segment, asked.traits.language) == ("gold", "de")
    _, command = take(NEW, asked, QUEUES)
    assert isinstance(command, ToPool)
    said = command.command
    assert isinstance(said, OpenTicket)
    assert (said.customer, said.segment, said.account_manager, said.last_agent) == ("cus_0f", "gold", "ann", "bob")


def test_a_message_in_another_language_than_the_customers_counts_as_it_is_written() -> None:
    written = replace(opening(), traits=Traits(channel="chat", language="fr"))
    assert asked_by(written, Caller(language="de")).traits.language == "fr"


def test_an_end_goes_to_the_conversations_pool() -> None:
    known, _ = take(NEW, opening(), QUEUES)
    known, command = take(known, ending(), QUEUES)
    expected = EndContact(conversation="c1", ended=Ended(at=second(20), reason="left"))
    assert command == ToPool(id="e9", pool="second", command=expected)
    assert known.ended == expected.ended


def test_an_end_before_the_beginning_waits_for_it() -> None:
    known, command = take(NEW, ending(), QUEUES)
    assert command is None
    _, opened = take(known, opening(channel="phone", at=21, begins="call"), QUEUES)
    assert isinstance(opened, ToPool)
    assert isinstance(opened.command, OpenTicket)
    assert opened.command.ended == known.ended


def test_a_message_that_was_written_before_the_end_opens_nothing_after_it() -> None:
    known = replace(NEW, pool="second", queue="rest", opened="e1", ended=Ended(at=second(20), reason="left"))
    assert take(known, opening("e2", 19), QUEUES) == (known, None)


def test_a_message_that_was_written_after_the_end_opens_a_new_ticket() -> None:
    known = replace(NEW, pool="second", queue="rest", opened="e1", ended=Ended(at=second(20), reason="left"))
    _, command = take(known, opening("e2", 21), QUEUES)
    assert isinstance(command, ToPool)
    assert isinstance(command.command, OpenTicket)
    assert command.command.ended is None


def test_without_a_queue_nothing_is_asked_and_nothing_remembered() -> None:
    assert take(NEW, opening(), [PHONE]) == (NEW, Unroutable(event="e1", channel="chat"))


def test_a_conversation_is_known_when_it_has_had_a_ticket_and_not_when_its_opening_is_repeated() -> None:
    replies = queue("replies", QueueRule(conversation="known"), pool="second", rank=1)
    known, first = take(NEW, opening(), [*QUEUES, replies])
    assert take(known, opening(), [*QUEUES, replies]) == (known, first)
    _, second_one = take(known, opening("e2", 11), [*QUEUES, replies])
    assert isinstance(first, ToPool)
    assert isinstance(second_one, ToPool)
    assert [one.command.queue for one in (first, second_one) if isinstance(one.command, OpenTicket)] == [
        "rest",
        "replies",
    ]
