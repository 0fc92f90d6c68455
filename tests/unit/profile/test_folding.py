"""One entry out of many events: messages, calls and tickets as an agent sees them."""

from datetime import datetime, timedelta

import pytest

from services.profile.domain.calls import Choice, Hold, Leg, Voicemail
from services.profile.domain.folding import alone, entries, folded
from services.profile.domain.messages import Receipt
from services.profile.domain.tickets import UNPLACED, ticket_document
from tests.sealed_events import MOMENT
from tests.unit.profile.entries import ANN, entry, ticket_event

BOB = "b" * 32


def at(minute: float) -> datetime:
    return MOMENT + timedelta(minutes=minute)


# messages and posts


def test_a_message_that_nobody_changed_is_shown_as_it_is() -> None:
    shown = folded(entry("message.received", 0, {"text": "Hello"}), ())
    assert shown.content == {"text": "Hello"}
    assert shown.changes is not None
    assert (shown.changes.state, shown.changes.history, shown.changes.edited) == ("received", (), None)


def test_of_an_edited_message_the_last_text_is_shown_and_every_version_kept() -> None:
    head = entry("message.received", 0, {"text": "One", "name": "Ann", "html": "<p>One</p>", "subject": "S"})
    later = entry("message.edited", 2, {"text": "Three", "name": "Bot", "subject": "", "attachments": []})
    earlier = entry("message.edited", 1, {"text": "Two"})
    shown = folded(head, (later, earlier))
    assert shown.content == {"text": "Three", "name": "Ann", "subject": "S"}
    assert shown.changes is not None
    assert shown.changes.edited == at(2)
    assert [(version.time, version.content) for version in shown.changes.history] == [
        (at(0), head["content"]),
        (at(1), {"text": "Two"}),
        (at(2), later["content"]),
    ]


def test_an_edit_that_arrived_late_but_was_made_early_does_not_win() -> None:
    head = entry("message.received", 0, {"text": "One"})
    early = entry("message.edited", 1, {"text": "Two"}, recorded=99)
    late = entry("message.edited", 2, {"text": "Three"})
    assert folded(head, (late, early)).content == {"text": "Three"}


def test_a_deleted_message_shows_nothing_and_keeps_its_history() -> None:
    head = entry("message.received", 0, {"text": "One", "attachments": [{"part": 0}]})
    shown = folded(head, (entry("message.deleted", 3), entry("message.edited", 5, {"text": "Two"})))
    assert shown.content == {}
    assert shown.changes is not None
    assert shown.changes.deleted == at(3)
    assert [version.content for version in shown.changes.history] == [head["content"], {"text": "Two"}]
    assert list(shown.texts()) == []


def test_receipts_tell_for_each_recipient_when_it_was_delivered_and_read() -> None:
    head = entry("message.sent", 0, {"text": "Hi"}, direction="outbound")
    parts = (
        entry("message.read", 5, identity=ANN),
        entry("message.delivered", 2, identity=ANN),
        entry("message.delivered", 3, identity=BOB),
        entry("message.failed", 4, {"recipients": ["email:cy@x.org"], "text": "Mailbox full"}),
    )
    made = folded(head, parts).changes
    assert made is not None
    assert made.receipts == (
        Receipt(recipient=ANN, state="read", delivered=at(2), read=at(5)),
        Receipt(recipient=BOB, state="delivered", delivered=at(3)),
        Receipt(recipient="email:cy@x.org", state="failed", failed=at(4), reason="Mailbox full"),
    )
    assert made.state == "failed"


def test_a_message_that_failed_and_then_arrived_has_arrived() -> None:
    head = entry("message.sent", 0, direction="outbound")
    parts = (entry("message.delivered", 2), entry("message.failed", 1))
    made = folded(head, parts).changes
    assert made is not None
    assert made.state == "delivered"
    bounced = folded(head, (entry("message.delivered", 1), entry("message.failed", 2))).changes
    assert bounced is not None
    assert bounced.state == "failed"


def test_a_message_that_nobody_confirmed_is_only_sent() -> None:
    made = folded(entry("message.sent", 0, direction="outbound"), ()).changes
    assert made is not None
    assert made.state == "sent"


def test_a_post_is_edited_and_deleted_likewise() -> None:
    head = entry("post.published", 0, {"text": "Bad!", "url": "https://s.example/1"})
    edit = entry("post.edited", 1, {"text": "Good!", "url": "https://s.example/1"})
    shown = folded(head, (edit,))
    assert shown.content == {"text": "Good!", "url": "https://s.example/1"}
    gone = folded(head, (edit, entry("post.deleted", 2)))
    assert gone.content == {}
    assert gone.changes is not None
    assert gone.changes.deleted == at(2)


# calls


def test_a_call_is_one_entry_with_its_legs_holds_and_ends() -> None:
    head = entry("call.started", 0, {"city": "Berlin"})
    shown = folded(
        head,
        (
            entry("ivr.choice.made", 0.5, {"text": "2"}),
            entry("call.answered", 1, agent="ann"),
            entry("call.held", 2, agent="ann"),
            entry("call.resumed", 3, agent="ann"),
            entry("call.transferred", 5, agent="bob"),
            entry("call.held", 6),
            entry("call.ended", 8, {"recording": "https://r.example/1", "text": "Hello…"}, reason="completed"),
        ),
    )
    call = shown.call
    assert call is not None
    assert (call.state, call.answered, call.ended, call.reason) == ("ended", at(1), at(8), "completed")
    assert call.legs == (
        Leg(
            agent="ann",
            began=at(1),
            ended=at(5),
            holds=(Hold(began=at(2), ended=at(3)),),
            talk_seconds=180,
            hold_seconds=60,
        ),
        Leg(
            agent="bob",
            began=at(5),
            ended=at(8),
            holds=(Hold(began=at(6), ended=at(8)),),
            talk_seconds=60,
            hold_seconds=120,
        ),
    )
    assert (call.wait_seconds, call.duration, call.talk_seconds, call.hold_seconds) == (60, 420, 240, 180)
    assert call.choices == (Choice(time=at(0.5), choice="2"),)
    assert (call.recording, call.transcript) == ("https://r.example/1", "Hello…")
    assert shown.content == {"city": "Berlin"}


def test_the_providers_own_duration_counts_where_it_tells_one() -> None:
    call = folded(entry("call.started"), (entry("call.answered", 1), entry("call.ended", 3, duration=100.0))).call
    assert call is not None
    assert (call.duration, call.talk_seconds) == (100.0, 120)


def test_a_call_that_nobody_answered_waited_to_its_end() -> None:
    call = folded(entry("call.started"), (entry("call.ended", 2, reason="no-answer"),)).call
    assert call is not None
    assert (call.state, call.answered, call.legs, call.duration, call.wait_seconds) == ("ended", None, (), None, 120)


def test_a_call_tells_how_it_stands_while_it_lasts() -> None:
    head, answered, held = entry("call.started"), entry("call.answered", 1, agent="ann"), entry("call.held", 2)
    states = [folded(head, parts).call for parts in ((), (answered,), (answered, held))]
    assert [call and call.state for call in states] == ["ringing", "connected", "on_hold"]
    assert [call and call.talk_seconds for call in states] == [None, None, None]


def test_an_answer_without_a_name_gets_it_from_the_next_and_clocks_that_disagree_make_no_negative_time() -> None:
    parts = (entry("call.answered", 5), entry("call.answered", 6, agent="ann"), entry("call.ended", 4))
    call = folded(entry("call.started"), parts).call
    assert call is not None
    assert [(leg.agent, leg.talk_seconds) for leg in call.legs] == [("ann", 0.0)]
    assert call.duration == 0.0


def test_a_voicemail_is_part_of_its_call() -> None:
    left = entry("voicemail.left", 1, {"recording": "https://r.example/2", "text": "Call me"}, duration=12.0)
    shown = folded(entry("call.started"), (left, entry("call.ended", 2)))
    assert shown.call is not None
    mail = Voicemail(time=at(1), recording="https://r.example/2", text="Call me", duration=12.0)
    assert shown.call.voicemails == (mail,)
    assert (shown.call.recording, shown.call.transcript) == (None, None)
    assert list(shown.texts()) == ["Call me"]


# tickets


def test_a_ticket_is_one_entry_with_its_course() -> None:
    head = ticket_event("opened", 1, 0, pool="main", priority=3)
    parts = (
        ticket_event("queued", 2, 0, queue="sales", priority=3),
        ticket_event("offered", 3, 1, queue="sales", agent="ann"),
        ticket_event("declined", 4, 2, queue="sales", agent="ann"),
        ticket_event("offered", 5, 3, queue="sales", agent="bob"),
        ticket_event("accepted", 6, 4, queue="sales", agent="bob"),
        ticket_event("resolved", 7, 9, queue="sales", agent="bob"),
    )
    made = folded(head, parts).ticket
    assert made is not None
    assert (made.id, made.state, made.pool, made.queue, made.priority) == ("t-1", "resolved", "main", "sales", 3)
    assert (made.agent, made.opened, made.closed) == ("bob", at(0), at(9))
    assert [(step.event, step.agent) for step in made.course] == [
        ("opened", None),
        ("queued", None),
        ("offered", "ann"),
        ("declined", "ann"),
        ("offered", "bob"),
        ("accepted", "bob"),
        ("resolved", "bob"),
    ]


def test_a_ticket_follows_the_order_of_decisions_and_not_the_clocks() -> None:
    head = ticket_event("opened", 1, 5, pool="main")
    late_clock = ticket_event("offered", 2, 9, queue="sales", agent="ann")
    made = folded(head, (late_clock, ticket_event("accepted", 3, 1, queue="sales", agent="ann"))).ticket
    assert made is not None
    assert made.state == "active"


def test_a_ticket_stays_where_it_is_when_a_target_is_breached() -> None:
    parts = (
        ticket_event("accepted", 2, queue="sales", agent="ann"),
        ticket_event("sla.started", 3, target="resolution", queue="sales"),
        ticket_event("sla.breached", 4, target="resolution", agent="ann"),
        ticket_event("pended", 5, agent="ann"),
        ticket_event("sla.paused", 6, target="resolution", left_s=-5.0),
    )
    made = folded(ticket_event("opened", 1), parts).ticket
    assert made is not None
    assert (made.state, made.queue, made.agent, made.closed) == ("pending", "sales", "ann", None)
    assert [step.event for step in made.course][-1] == "sla.paused"


def test_a_given_back_ticket_is_with_nobody() -> None:
    parts = (ticket_event("offered", 2, agent="ann"), ticket_event("expired", 3, agent="ann"))
    made = folded(ticket_event("opened", 1), parts).ticket
    assert made is not None
    assert (made.state, made.agent, made.closed) == ("waiting", None, None)


@pytest.mark.parametrize(
    ("kind", "state", "agent"),
    [
        ("transferred", "waiting", None),
        ("escalated", "waiting", None),
        ("pended", "pending", "ann"),
        ("resolved", "resolved", "ann"),
        ("closed", "closed", "ann"),
        ("reopened", "waiting", None),
        ("prioritised", "active", "ann"),
        ("tagged", "active", "ann"),
        ("merged", "merged", None),
    ],
)
def test_a_ticket_is_in_the_state_that_its_last_event_leaves_it_in(kind: str, state: str, agent: str | None) -> None:
    before = (ticket_event("offered", 2, agent="ann"), ticket_event("accepted", 3, agent="ann"))
    made = folded(ticket_event("opened", 1), (*before, ticket_event(kind, 4, agent="ann"))).ticket
    assert made is not None
    assert (made.state, made.agent) == (state, agent)


def test_a_colleague_who_is_consulted_does_not_have_the_ticket() -> None:
    opened, accepted = ticket_event("opened", 1, 0, pool="main"), ticket_event("accepted", 2, 1, agent="ann")
    asked = ticket_event("consultation.asked", 3, 2, agent="bob", owner="ann", queue="sales", by="ann")
    made = folded(opened, (accepted, asked)).ticket
    assert made is not None
    assert (made.state, made.agent) == ("active", "ann")
    assert (made.course[-1].event, made.course[-1].agent) == ("consultation.asked", "bob")


def test_a_note_says_what_was_written_and_by_whom_or_that_it_was_erased() -> None:
    opened, noted = ticket_event("opened", 1, 0, pool="main"), ticket_event("noted", 2, 1, by="ann")
    noted["content"] = {"text": "Likes tea"}
    shown = folded(opened, (noted,))
    assert list(shown.texts()) == ["Likes tea"]
    gone = folded(opened, ({**noted, "content": {}, "erased": True},)).ticket
    assert shown.ticket is not None
    assert gone is not None
    assert (shown.ticket.course[-1].by, shown.ticket.course[-1].text) == ("ann", "Likes tea")
    assert gone.course[-1].text == "[erased]"


def test_a_ticket_whose_opening_has_not_come_waits_in_nobodys_timeline() -> None:
    kept = ticket_document([ticket_event("accepted", 3, agent="ann")])
    assert (kept["identity"], kept["state"], kept["agent"], kept["events"]) == (UNPLACED, "active", "ann", 1)


# what is shown of a stretch


def test_parts_go_into_their_head_wherever_it_stands() -> None:
    head, edit = entry("message.sent", 0, {"text": "One"}), entry("message.edited", 1, {"text": "Two"})
    assert [one.head["_id"] for one in entries([edit], [head])] == []
    [shown] = entries([head], [edit])
    assert shown.content == {"text": "Two"}
    assert [event["_id"] for event in shown.events] == [head["_id"], edit["_id"]]


def test_a_part_without_its_head_is_shown_by_itself() -> None:
    edit, receipt = entry("message.edited", 1, {"text": "Two"}), entry("message.read", 2)
    shown = entries([receipt, edit], [])
    assert [(one.head["_id"], one.content) for one in shown] == [(receipt["_id"], {}), (edit["_id"], {"text": "Two"})]


def test_parts_that_were_asked_for_by_type_are_shown_by_themselves() -> None:
    head, edit = entry("message.sent", 0), entry("message.edited", 1, {"text": "Two"})
    assert [one.head["_id"] for one in entries([edit], [head], parts_too=True)] == [edit["_id"]]


def test_an_edit_of_what_was_deleted_shows_nothing_by_itself_either() -> None:
    edit, deleted = entry("message.edited", 1, {"text": "Two"}), entry("message.deleted", 2)
    shown = alone(edit, (deleted,))
    assert shown.content == {}
    assert shown.changes is not None
    assert shown.changes.deleted == at(2)


def test_of_two_heads_with_one_reference_the_older_one_has_the_parts() -> None:
    first, second = entry("call.started", 0, own_id="b"), entry("call.started", 1, own_id="a")
    end = entry("call.ended", 2)
    shown = {one.head["_id"]: len(one.events) for one in entries([second, first], [end])}
    assert shown == {"b": 2, "a": 1}


def test_what_stands_for_itself_passes_through() -> None:
    page = entry("page.viewed", 0, {"title": "Prices", "url": "https://s.example"}, ref=None)
    [shown] = entries([page], [])
    assert (shown.content, shown.changes, shown.call, shown.ticket) == (page["content"], None, None, None)
    assert list(shown.texts()) == ["Prices"]
