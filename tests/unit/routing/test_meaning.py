"""What an interaction means for routing."""

from dataclasses import replace
from typing import Any

import pytest

from services.routing.domain.meaning import Answer, CallbackWish, Opening, is_automatic, meaning
from tests.sealed_events import MOMENT, call, identified, message
from tests.timeline_events import called, said

MAIL = message("m1", "email:ann@x.example")
CALL = call("c1", "phone:+4930123")


@pytest.mark.parametrize(
    ("event", "begins", "certain"),
    [
        (MAIL, "message", False),
        (CALL, "call", True),
        (called("ivr.choice.made", "phone:+4930123", conversation="call"), "choice", True),
        (called("voicemail.left", "phone:+4930123", conversation="call"), "voicemail", False),
    ],
)
def test_what_a_customer_asks_with_is_told(event: Any, begins: str, certain: bool) -> None:  # noqa: ANN401 (any class of InteractionEvent)
    meant = meaning(event)
    assert isinstance(meant, Opening)
    assert (meant.begins, meant.certain) == (begins, certain)


def test_rules_are_told_when_it_happened_and_what_the_channel_says() -> None:
    meant = meaning(MAIL)
    assert isinstance(meant, Opening)
    assert (meant.traits.at, meant.traits.channel, meant.traits.address) == (MOMENT, "email", "support@shop.example")


def test_a_message_on_voicemail_is_no_call() -> None:
    meant = meaning(called("voicemail.left", "phone:+4930123", conversation="call"))
    assert isinstance(meant, Opening)
    assert meant.traits.channel == "voicemail"


def test_what_no_person_wrote_asks_for_nothing() -> None:
    automatic = replace(MAIL, data=replace(MAIL.data, automatic=True))
    assert (meaning(automatic), is_automatic(automatic), is_automatic(MAIL), is_automatic(CALL)) == (
        None,
        True,
        False,
        False,
    )


def test_what_an_agent_writes_is_an_answer_and_what_a_program_writes_is_none() -> None:
    reply = said("sent", "m2", "email:ann@x.example", direction="outbound")
    assert meaning(reply) == Answer(event=reply.id, at=MOMENT, conversation=reply.data.conversation)
    assert meaning(replace(reply, data=replace(reply.data, automatic=True))) is None
    assert meaning(replace(reply, data=replace(reply.data, direction="internal"))) is None, "a colleague reads it"


def test_a_caller_who_wants_to_be_called_back_says_so_and_asks_for_nothing_new() -> None:
    wish = called("callback.requested", "phone:+4930123", conversation="call")
    assert meaning(wish) == CallbackWish(event=wish.id, at=MOMENT, conversation=wish.data.conversation)
    assert meaning(replace(wish, data=replace(wish.data, direction="outbound"))) is None


def test_what_the_hub_says_or_merely_learns_asks_for_nothing() -> None:
    assert meaning(replace(MAIL, data=replace(MAIL.data, direction="outbound"))) is None
    assert meaning(identified("i1", "email:ann@x.example", ())) is None
