"""Who begins too many conversations by message is taken for a program."""

from dataclasses import replace
from datetime import timedelta

from services.routing.domain.configuration import QueueSettings
from services.routing.domain.conversations import Conversation
from services.routing.domain.loops import Beginnings
from services.routing.domain.meaning import Begins, Opening
from services.routing.domain.rules import KnownQueue, Traits, always_open
from services.routing.domain.taking import Taking
from tests.unit.routing.scenario import EIGHT

LIMIT = 3
MAILS = KnownQueue(id="mails", pool="main", settings=QueueSettings(name="Mails", default=True, loop_limit=LIMIT))


def opening(number: int, *, minute: float = 0, begins: Begins = "message", identity: str = "0f") -> Opening:
    return Opening(
        event=f"e{number}",
        at=EIGHT + timedelta(minutes=minute),
        conversation=f"c{number}",
        identity=identity,
        traits=Traits(channel="email"),
        skills=(),
        priority=None,
        begins=begins,
    )


def taking(*openings: Opening, after: Taking | None = None) -> Taking:
    """The openings taken in a batch, after another batch."""
    begun = after.begun if after else []
    known = {one.id: one for one in after.changed()} if after else {}
    batch = Taking([MAILS], always_open, known, Beginnings(begun))
    for one in openings:
        batch.take(one)
    return batch


def test_the_first_few_open_tickets_and_further_ones_do_not() -> None:
    batch = taking(*(opening(number) for number in range(5)))
    assert [one.id for one in batch.commands] == ["e0", "e1", "e2"]
    assert batch.looping == ["e3", "e4"]
    assert {one.id for one in batch.changed()} == {"c0", "c1", "c2"}


def test_what_earlier_batches_let_in_counts_for_an_hour() -> None:
    before = taking(opening(0, minute=0), opening(1, minute=30), opening(2, minute=50))
    assert taking(opening(3, minute=59), after=before).looping == ["e3"]
    assert taking(opening(3, minute=60), after=before).looping == []


def test_each_identity_is_counted_for_itself() -> None:
    batch = taking(*(opening(number) for number in range(3)), opening(3, identity="ab"))
    assert batch.looping == []


def test_calls_and_started_chats_are_no_loop() -> None:
    calls = [opening(number, begins="call") for number in range(5)]
    chats = [opening(number, begins="conversation") for number in range(5, 10)]
    assert taking(*calls, *chats).looping == []


def test_a_reply_in_a_conversation_that_has_had_a_ticket_is_never_held_back() -> None:
    before = taking(*(opening(number) for number in range(5)))
    reply = replace(opening(0, minute=5), event="reply")
    assert [one.id for one in taking(reply, after=before).commands] == ["reply"]


def test_taking_a_batch_again_lets_the_same_in() -> None:
    openings = [opening(number) for number in range(5)]
    before = taking(*openings)
    again = taking(*openings, after=before)
    assert ([one.id for one in again.commands], again.looping) == (["e0", "e1", "e2"], ["e3", "e4"])
    assert again.changed() == []


def test_what_no_queue_takes_is_not_counted() -> None:
    batch = Taking([], always_open, {"c0": Conversation(id="c0")}, Beginnings([]))
    batch.take(opening(0))
    assert (len(batch.unroutable), batch.begun) == (1, [])
