"""What a conversation is about, in a paragraph, and who is to speak next."""

from collections.abc import Sequence

import pytest

from services.profile.domain.folding import entries
from services.profile.domain.moments import in_order
from services.profile.domain.threads import Thread, opening, thread
from services.profile.domain.timeline import Entry
from tests.unit.profile.entries import entry, ticket_event


def of(*events: Entry) -> Thread:
    ordered: Sequence[Entry] = in_order(events)
    return thread(entries(ordered, ()))


def asked(minute: float, text: str = "Where is my parcel?") -> Entry:
    return entry("message.received", minute, {"text": text}, ref=f"in-{minute}")


def answered(minute: float, text: str = "It comes tomorrow.") -> Entry:
    return entry("message.sent", minute, {"text": text}, ref=f"out-{minute}", direction="outbound", agent="ann")


def test_a_question_waits_for_us() -> None:
    made = of(asked(0))
    assert made.state == "waiting_for_us"
    assert made.digest == (
        "The customer asked on 2026-11-21 10:00 UTC: “Where is my parcel?” Nobody has answered yet. "
        "Waiting for an answer since 2026-11-21 10:00 UTC."
    )


def test_after_an_answer_the_customer_is_to_speak() -> None:
    made = of(asked(0), answered(5, "Let me see."), asked(6, "Thanks"), answered(7))
    assert made.state == "waiting_for_customer"
    assert made.question is not None
    assert made.question.text == "Where is my parcel?"
    assert made.digest == (
        "The customer asked on 2026-11-21 10:00 UTC: “Where is my parcel?” "
        "We last answered on 2026-11-21 10:07 UTC: “It comes tomorrow.” "
        "Waiting for the customer since 2026-11-21 10:07 UTC."
    )
    assert (made.entries, made.inbound, made.outbound) == (4, 2, 2)


def test_a_conversation_that_said_so_has_ended_until_somebody_asks_again() -> None:
    end = entry("conversation.ended", 8, ref=None)
    ended = of(asked(0), answered(5), end)
    assert (ended.state, ended.since) == ("ended", end["at"])
    assert ended.digest.endswith("Ended 2026-11-21 10:08 UTC.")
    assert of(asked(0), answered(5), end, asked(9)).state == "waiting_for_us"


def test_a_conversation_has_ended_when_its_last_ticket_is_closed() -> None:
    opened, resolved = ticket_event("opened", 1, 0), ticket_event("resolved", 2, 6, agent="ann")
    assert of(asked(0), answered(5), opened).state == "waiting_for_customer"
    made = of(asked(0), answered(5), opened, resolved)
    assert (made.state, made.since) == ("ended", resolved["at"])


def test_a_call_is_open_while_it_lasts_and_then_ended() -> None:
    started, end = entry("call.started", 0), entry("call.ended", 3)
    assert of(started).state == "open"
    assert of(started, end).state == "ended"
    assert of(started, end).digest == "Ended 2026-11-21 10:03 UTC."


def test_a_deleted_or_automatic_message_is_not_quoted() -> None:
    taken_back = entry("message.deleted", 1, ref="in-0")
    notice = entry("message.sent", 2, {"text": "We got your mail"}, ref="n", direction="outbound", automatic=True)
    made = of(asked(0, "Secret"), taken_back, asked(1, "Hello?"), notice)
    assert made.question is not None
    assert made.question.text == "Hello?"
    assert made.answer is None
    assert made.state == "waiting_for_us"


def test_a_thread_that_only_happened_is_open() -> None:
    assert of(entry("page.viewed", 0, ref=None)).state == "open"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Where is it? I wait since Monday.", "Where is it? I wait since Monday."),
        ("Where is my parcel? I wait since Monday.", "Where is my parcel?"),
        ("  Dear\n\nall,  my   parcel is lost. Please help", "Dear all, my parcel is lost."),
        ("a.b.c and so on without an end", "a.b.c and so on without an end"),
        ("word " * 60, ("word " * 40).strip() + "…"),
        ("x" * 300, "x" * 199 + "…"),
        ("", ""),
    ],
)
def test_a_quotation_is_a_sentence_or_so(text: str, first: str) -> None:
    assert opening(text) == first
    assert len(opening(text)) <= 200
