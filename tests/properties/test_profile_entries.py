"""Whatever the order in which an entry's events arrived, and however often, it is shown the same."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.profile.domain.folding import entries, folded
from services.profile.domain.moments import in_order
from services.profile.domain.threads import thread
from services.profile.domain.tickets import ticket_document
from services.profile.domain.timeline import Entry
from tests.unit.profile.entries import entry, ticket_event

_PARTS: dict[str, tuple[str, ...]] = {
    "message.sent": tuple(f"message.{how}" for how in ("delivered", "read", "failed", "edited", "deleted")),
    "post.published": ("post.edited", "post.deleted"),
    "call.started": (
        *(f"call.{how}" for how in ("answered", "held", "resumed", "transferred", "ended")),
        *("ivr.choice.made", "voicemail.left", "callback.requested"),
    ),
}
_minutes = st.integers(0, 5)
_people = st.sampled_from(["ann", "bob", None])


@st.composite
def histories(draw: st.DrawFn) -> tuple[Entry, list[Entry]]:
    """A head and some parts; many at the same minute."""
    kind = draw(st.sampled_from(sorted(_PARTS)))
    parts: list[Entry] = []
    for number, (part, minute, agent) in enumerate(
        draw(st.lists(st.tuples(st.sampled_from(_PARTS[kind]), _minutes, _people), max_size=8))
    ):
        facts: dict[str, Any] = {"agent": agent} if agent else {}
        identity = ("a" if number % 2 else "b") * 32
        parts.append(
            entry(part, minute, {"text": f"text {number}"}, own_id=f"part-{number}", identity=identity, **facts)
        )
    return entry(kind, draw(_minutes), {"text": "first"}, own_id="head"), parts


_TICKET = ("queued", "offered", "accepted", "declined", "expired", "held", "resumed", "resolved", "abandoned")


def disorder(parts: list[Entry], seed: int) -> list[Entry]:
    """The same, shuffled, some of them twice."""
    chance = Random(seed)
    again = [*parts, *(chance.choices(parts, k=3) if parts else [])]
    chance.shuffle(again)
    return again


@given(history=histories(), seed=st.integers(0, 10_000))
def test_order_and_repetition_do_not_change_an_entry(history: tuple[Entry, list[Entry]], seed: int) -> None:
    head, parts = history
    assert folded(head, disorder(parts, seed)) == folded(head, parts)


@given(history=histories(), seed=st.integers(0, 10_000), cut=st.integers(0, 9))
def test_every_event_is_shown_exactly_once_wherever_stretches_end(
    history: tuple[Entry, list[Entry]], seed: int, cut: int
) -> None:
    head, parts = history
    everything = in_order((head, *parts))
    stretches = [everything[:cut], everything[cut:]]
    shown = [
        one
        for stretch in stretches
        for one in entries(stretch, disorder([event for event in everything if event not in stretch], seed))
    ]
    assert sorted(event["_id"] for one in shown for event in one.events) == sorted(one["_id"] for one in everything)
    assert len(shown) == 1


@given(history=histories(), cut=st.integers(0, 9))
def test_without_their_head_parts_are_shown_one_by_one(history: tuple[Entry, list[Entry]], cut: int) -> None:
    _, parts = history
    shown = [one.head["_id"] for stretch in (parts[:cut], parts[cut:]) for one in entries(stretch, parts)]
    assert sorted(shown) == sorted(one["_id"] for one in parts)


@given(kinds=st.lists(st.tuples(st.sampled_from(_TICKET), _minutes, _people), max_size=8), seed=st.integers(0, 10_000))
def test_a_ticket_is_the_same_however_its_events_came(kinds: list[tuple[str, int, str | None]], seed: int) -> None:
    events = [ticket_event("opened", 1, 0, pool="main", priority=5)]
    for sequence, (kind, minute, agent) in enumerate(kinds, 2):
        facts: dict[str, Any] = {"agent": agent} if agent else {}
        events.append(ticket_event(kind, sequence, minute, **facts))
    mixed = disorder(events, seed)
    assert ticket_document(mixed) == ticket_document(events)
    assert folded(events[0], mixed[1:] + events[1:]) == folded(events[0], events[1:])


@given(history=histories(), seed=st.integers(0, 10_000))
def test_a_digest_does_not_depend_on_the_order_of_arrival(history: tuple[Entry, list[Entry]], seed: int) -> None:
    head, parts = history
    told = thread(entries(in_order((head, *parts)), ()))
    assert thread(entries(in_order(disorder([head, *parts], seed)), ())) == told
