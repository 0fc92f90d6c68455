"""Which queue an interaction belongs to, and which pool decides on a conversation."""

from dataclasses import replace

from services.routing.domain.commands import EndContact, Ended, OpenTicket
from services.routing.domain.configuration import QueueRule, QueueSettings
from services.routing.domain.conversations import Conversation, ToPool, Unroutable, take
from services.routing.domain.customers import Caller
from services.routing.domain.meaning import Ending, Opening, asked_by
from services.routing.domain.rules import KnownQueue, Traits, choose_queue
from tests.unit.routing.scenario import second


def queue(name: str, *rules: QueueRule, rank: int = 5, default: bool = False, pool: str = "main") -> KnownQueue:
    settings = QueueSettings(name=name, rules=rules, rank=rank, default=default)
    return KnownQueue(id=name, pool=pool, settings=settings)


PHONE = queue("phone", QueueRule(channel="phone"), rank=3)
GERMAN = queue("german", QueueRule(channel="phone", language="de"), rank=2)
BILLING = queue("billing", QueueRule(address="Billing@Shop.example"), rank=1)
REST = queue("rest", default=True, pool="second")
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


def opening(event: str = "e1", at: float = 10, *, channel: str = "chat", certain: bool = False) -> Opening:
    return Opening(
        event=event,
        at=second(at),
        conversation="c1",
        identity="0f",
        traits=Traits(channel=channel),
        skills=(),
        priority=None,
        certain=certain,
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
    _, opened = take(known, opening(channel="phone", at=21, certain=True), QUEUES)
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
