"""A customer at a glance, from entries of the timeline."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.profile.domain.overview import NOTE, ORDER, LastContact, Overview, overview
from services.profile.domain.timeline import Entry
from shared.ratings import SURVEY

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def entry(
    event_type: str = "hub.message.received.v1",
    ago: timedelta = HOUR,
    *,
    channel: str = "email",
    direction: str = "inbound",
    conversation: str = "c-1",
    content: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
) -> Entry:
    return {
        "_id": f"{event_type} {ago} {conversation}",
        "identity": "a",
        "at": NOW - ago,
        "recorded": NOW - ago,
        "type": event_type,
        "channel": channel,
        "direction": direction,
        "conversation": conversation,
        "content": content or {},
        "facts": {"agent": "bob"} if facts is None else facts,
    }


def seen(*entries: Entry) -> Overview:
    newest_first = sorted(entries, key=lambda one: one["at"], reverse=True)
    landmarks = [one for one in newest_first if one["type"] in (ORDER, SURVEY, NOTE)]
    return overview(newest_first, landmarks, NOW, complete=True)


def test_nobody_knows_anything_of_a_stranger() -> None:
    told = seen()
    assert (told.preferred_channel, told.language, told.satisfaction) == (None, None, None)
    assert (told.counts, told.lifetime_value, list(told.warnings)) == ({}, {}, [])


def test_the_last_contacts_are_told_by_channel_and_side() -> None:
    told = seen(
        entry(ago=3 * HOUR),
        entry(ago=2 * HOUR),
        entry("hub.message.sent.v1", HOUR, direction="outbound"),
        entry("hub.call.started.v1", 4 * HOUR, channel="phone"),
        entry("hub.page.viewed.v1", HOUR, channel="web"),
    )
    assert told.last_contacts == {
        "email": LastContact(inbound=NOW - 2 * HOUR, outbound=NOW - HOUR),
        "phone": LastContact(inbound=NOW - 4 * HOUR),
    }
    assert told.counts == {"email": 3, "phone": 1}


def test_many_messages_of_one_conversation_do_not_make_a_channel_preferred() -> None:
    chat = [entry(ago=HOUR * number, channel="chat", conversation="c-1") for number in range(1, 9)]
    calls = [entry("hub.call.started.v1", 9 * HOUR, channel="phone", conversation=f"p-{n}") for n in range(2)]
    assert seen(*chat, *calls).preferred_channel == "phone"


def test_the_language_is_that_of_the_last_message_that_tells() -> None:
    told = seen(entry(ago=2 * HOUR, facts={"language": "de"}), entry(ago=3 * HOUR, facts={"language": "en"}), entry())
    assert told.language == "de"


def test_what_no_person_wrote_is_no_contact() -> None:
    assert seen(entry(facts={"automatic": True})).counts == {}


def test_satisfaction_is_the_mean_share_of_the_best_score() -> None:
    answers: list[dict[str, Any]] = [
        {"score": 4, "best": 5},
        {"score": "1", "best": 5},
        {"score": 9, "best": 5},
        {"score": None},
    ]
    told = seen(*(entry(SURVEY, HOUR * (9 - number), content=one) for number, one in enumerate(answers)))
    assert told.satisfaction is not None
    assert (told.satisfaction.answers, told.satisfaction.score, told.satisfaction.last) == (2, 0.5, 0.2)
    assert "dissatisfied" in told.warnings


def test_a_rating_that_is_told_in_the_clear_is_an_answer_too() -> None:
    told = seen(entry(SURVEY, facts={"rating": {"score": 8.0, "best": 10.0}}))
    assert told.satisfaction is not None
    assert (told.satisfaction.answers, told.satisfaction.score) == (1, 0.8)


def test_orders_are_summed_exactly_by_currency() -> None:
    orders: list[dict[str, Any]] = [
        {"total": "0.10", "currency": "EUR"},
        {"total": 0.2, "currency": "eur"},
        {"total": 7, "currency": "CHF"},
        {"total": "much", "currency": "EUR"},
        {"total": True, "currency": "EUR"},
        {"total": "NaN", "currency": "EUR"},
        {"total": 1},
    ]
    told = seen(*(entry(ORDER, HOUR * number, content=one) for number, one in enumerate(orders, 1)))
    assert told.lifetime_value == {"CHF": "7", "EUR": "0.30"}


def test_a_promised_call_is_open_until_it_is_due_or_kept() -> None:
    due = {"text": "x", "call_back": (NOW + HOUR).isoformat()}
    late = {"text": "x", "call_back": (NOW - HOUR).isoformat()}
    assert [one.state for one in seen(entry(NOTE, 2 * HOUR, content=due)).call_backs] == ["open"]
    overdue = seen(entry(NOTE, 3 * HOUR, content=late))
    assert ([one.state for one in overdue.call_backs], list(overdue.warnings)) == (["overdue"], ["call_back_overdue"])
    call = entry("hub.call.started.v1", HOUR, channel="phone", direction="outbound")
    assert [one.state for one in seen(entry(NOTE, 3 * HOUR, content=late), call).call_backs] == ["kept"]
    assert (
        seen(entry(NOTE, content={"text": "no promise"}), entry(NOTE, content={"call_back": "soon"})).call_backs == []
    )


def test_the_third_contact_within_a_week_warns() -> None:
    contacts = [entry(ago=timedelta(days=number), conversation=f"c-{number}") for number in (1, 3, 6)]
    assert list(seen(*contacts).warnings) == ["third_contact_this_week"]
    assert list(seen(*contacts[:2], entry(ago=timedelta(days=8), conversation="c-8")).warnings) == []
    assert list(seen(*(entry(ago=HOUR * number) for number in (1, 2, 3))).warnings) == []


def test_an_overview_of_part_says_since_when_it_counts() -> None:
    told = overview([entry(ago=HOUR), entry(ago=2 * HOUR)], [], NOW, complete=False)
    assert told.counted_since == NOW - 2 * HOUR
