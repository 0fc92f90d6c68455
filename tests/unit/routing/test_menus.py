"""A caller and a menu: the call waits for the choice, but not for long."""

from collections.abc import Sequence
from dataclasses import replace

from services.routing.domain.commands import EndContact, Ended, OpenTicket
from services.routing.domain.commands_relief import HearCallbackWish
from services.routing.domain.configuration import QueueRule, QueueSettings
from services.routing.domain.conversations import MENU, Conversation, Taken, ToPool, release, take
from services.routing.domain.customers import Caller
from services.routing.domain.meaning import Begins, CallbackWish, Ending, Meaning, Opening
from services.routing.domain.rules import KnownQueue, Traits
from tests.unit.routing.scenario import second

NEW = Conversation(id="c1")
START = "start"


def queue(name: str, *rules: QueueRule, rank: int = 5, pool: str = "main") -> KnownQueue:
    return KnownQueue(id=name, pool=pool, settings=QueueSettings(name=name, rules=rules, rank=rank))


BILLING = queue("billing", QueueRule(address="+49301", ivr="2", kind="order"), rank=1, pool="second")
CALLS = queue("calls", QueueRule(channel="phone"))
QUEUES = [CALLS, BILLING]


def opening(event: str, at: float, begins: Begins, **traits: str) -> Opening:
    return Opening(
        event=event,
        at=second(at),
        conversation="c1",
        identity="0f",
        traits=Traits(**{"channel": "phone", "address": "+49301"} | traits),  # type: ignore[arg-type]  # only strings
        skills=(),
        priority=None,
        begins=begins,
    )


CALL = opening(START, 10, "call")
TWO = opening("choice", 18, "choice", ivr="2")


def hung_up(at: float) -> Ending:
    return Ending(event="end", conversation="c1", ended=Ended(at=second(at), reason="hung_up"))


def after(*meant: Meaning, queues: Sequence[KnownQueue] = QUEUES) -> Taken:
    """What follows from the last of these."""
    taken: Taken = (NEW, None)
    for one in meant:
        taken = take(taken[0], one, queues)
    return taken


def asked(taken: Taken) -> OpenTicket:
    assert isinstance(taken[1], ToPool)
    assert isinstance(taken[1].command, OpenTicket)
    return taken[1].command


def test_a_call_with_a_menu_goes_to_no_queue_before_the_choice() -> None:
    assert after(CALL) == (replace(NEW, held=CALL), None)


def test_the_choice_decides_and_the_wait_counts_from_it() -> None:
    known, said = taken = after(CALL, TWO)
    assert known == Conversation(id="c1", pool="second", queue="billing", opened=START)
    assert isinstance(said, ToPool)
    assert (said.id, said.pool) == (START, "second")
    command = asked(taken)
    assert (command.queue, command.by, command.kind, command.happened) == ("billing", "rule-1", "order", second(18))


def test_the_caller_is_who_is_known_when_the_choice_comes() -> None:
    assert asked(after(CALL, replace(TWO, caller=Caller(customer="cus_0f", segment="gold")))).customer == "cus_0f"


def test_a_wish_to_be_called_back_goes_where_the_call_waits_and_nowhere_before() -> None:
    wish = CallbackWish(event="wish", at=second(20), conversation="c1")
    assert after(CALL, wish) == (replace(NEW, held=CALL), None)
    _, said = after(CALL, TWO, wish)
    assert said == ToPool(id="wish", pool="second", command=HearCallbackWish(conversation="c1", wished=second(20)))


def test_another_choice_goes_where_the_call_goes_without_one() -> None:
    assert asked(after(CALL, replace(TWO, traits=replace(TWO.traits, ivr="9")))).queue == "calls"


def test_a_choice_that_does_not_repeat_the_address_is_one_of_the_same_call() -> None:
    assert asked(after(CALL, replace(TWO, traits=replace(TWO.traits, address=None)))).queue == "billing"


def test_a_choice_that_arrives_before_its_call_opens_the_ticket_and_the_call_opens_no_other() -> None:
    known, _ = taken = after(TWO)
    assert (asked(taken).queue, known.opened) == ("billing", "choice")
    known, said = take(known, CALL, QUEUES)
    assert known.held is None
    assert isinstance(said, ToPool)
    assert said.pool == "second", "where the pool finds the conversation's open ticket"


def test_a_choice_counts_once_and_not_when_the_call_is_with_a_queue_already() -> None:
    known, _ = after(CALL, TWO)
    assert take(known, replace(TWO, event="choice 2"), QUEUES) == (known, None)
    known, _ = release(held(), QUEUES)
    assert take(known, TWO, QUEUES) == (known, None)


def test_where_no_rule_asks_for_a_choice_a_call_waits_for_none() -> None:
    assert asked(after(CALL, queues=[CALLS])).queue == "calls"
    assert after(TWO, queues=[CALLS]) == (NEW, None)
    elsewhere = replace(CALL, traits=replace(CALL.traits, address="+49302"))
    assert asked(after(elsewhere)).queue == "calls"


def test_a_rule_that_comes_before_the_menus_does_not_wait_for_it() -> None:
    gold = queue("gold", QueueRule(segment="gold"), rank=1)
    call = replace(CALL, traits=replace(CALL.traits, segment="gold"))
    assert after(call, queues=[gold, replace(BILLING, id="zz"), CALLS])[0].queue == "gold"
    named = replace(CALL, traits=replace(CALL.traits, queue="calls"))
    assert asked(after(named)).by == "named"


def held() -> Conversation:
    known, _ = after(CALL)
    assert known.held == CALL
    return known


def test_who_chooses_nothing_goes_on_when_the_time_is_over() -> None:
    known, said = taken = release(held(), QUEUES)
    assert known == Conversation(id="c1", pool="main", queue="calls", opened=START)
    assert isinstance(said, ToPool)
    assert said.id == START
    assert asked(taken).happened == second(10) + MENU


def test_who_hangs_up_in_the_menu_has_asked_no_queue_for_anything_however_often_it_is_told() -> None:
    known, said = after(CALL, hung_up(at=25))
    assert (known.held, known.opened, said) == (None, None, None)
    assert after(CALL, hung_up(at=25), CALL, hung_up(at=25)) == (known, None)
    assert after(hung_up(at=25), CALL) == (known, None)


def test_who_hangs_up_after_the_menus_time_has_been_waiting_in_a_queue() -> None:
    known, _ = taken = after(CALL, hung_up(at=100))
    command = asked(taken)
    assert (command.queue, command.happened) == ("calls", second(10) + MENU)
    assert command.ended == Ended(at=second(100), reason="hung_up")
    assert known.held is None


def test_who_hangs_up_after_the_choice_leaves_the_queue() -> None:
    _, said = after(CALL, TWO, hung_up(at=25))
    assert isinstance(said, ToPool)
    assert said.command == EndContact(conversation="c1", ended=Ended(at=second(25), reason="hung_up"))


MESSAGE = opening("message", 50, "voicemail", channel="voicemail")


def test_a_message_on_voicemail_is_a_ticket_though_the_call_is_over() -> None:
    ordinary = [CALLS, queue("rest", QueueRule())]
    command = asked(after(CALL, hung_up(60), MESSAGE, queues=ordinary))
    assert (command.channel, command.queue, command.ended) == ("voicemail", "rest", None)
    alone = asked(after(CALL, hung_up(60), MESSAGE, queues=[CALLS]))
    assert (alone.queue, alone.by) == ("calls", "conversation")


def test_who_leaves_a_message_in_the_menu_is_not_held_any_more() -> None:
    known, said = after(CALL, MESSAGE, queues=[*QUEUES, queue("rest", QueueRule())])
    assert isinstance(said, ToPool)
    assert known.held is None


def test_the_same_again_leads_to_the_same_commands() -> None:
    known, said = after(CALL, TWO)
    again, repeated = take(known, CALL, QUEUES)
    assert again == known
    assert isinstance(said, ToPool)
    assert isinstance(repeated, ToPool)
    assert (repeated.id, repeated.pool) == (said.id, said.pool), "so the pool decides it once"
