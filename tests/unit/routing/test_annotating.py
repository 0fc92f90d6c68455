"""What people write on tickets."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.routing.bodies_annotating import Tagging
from services.routing.domain.commands import OpenTicket, PendTicket
from services.routing.domain.commands_annotating import NoteTicket, TagTicket
from services.routing.domain.evolve import evolve
from services.routing.domain.tags import tag_of
from services.routing.views import fold
from shared.contracts.tickets import TicketPended
from shared.contracts.tickets_annotations import TicketNoted, TicketTagged
from tests.unit.routing.scenario import (
    IDENTITY,
    available,
    configured,
    contact,
    given,
    offered,
    open_ticket,
    opened,
    resolved,
    second,
    when,
    word,
)
from tests.unit.routing.test_views import log

NOTE = "5f6bbfa2-9139-58a4-b587-986eb0b15054"


def tagged(ticket: str, at: float, *added: str, by: str = "sue", removed: tuple[str, ...] = ()) -> TicketTagged:
    return TicketTagged(ticket=ticket, at=second(at), added=added, removed=removed, by=by)


def test_tags_are_added_and_removed_and_what_is_so_already_is_not_told() -> None:
    pool = given(opened("t1", 1), tagged("t1", 2, "late", "vip"))
    command = TagTicket(ticket="t1", by="sue", add=("refund", "late"), remove=("vip", "never"))
    assert when(pool, command, at=5) == (tagged("t1", 5, "refund", removed=("vip",)),)
    assert when(pool, TagTicket(ticket="t1", by="sue", add=("late",), remove=("never",)), at=5) == ()


def test_an_agent_tags_what_it_has_or_had_last_and_nothing_else() -> None:
    by_ann = TagTicket(ticket="t1", by="ann", agent="ann", add=("late",))
    assert word(when(given(available("ann"), opened("t1", 1)), by_ann, at=5)) == "not_theirs"
    asked = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1))
    assert word(when(asked, by_ann, at=5)) == "not_theirs"
    pool = given(available("ann"), contact("t1", "ann", 1))
    assert when(pool, by_ann, at=5) == (tagged("t1", 5, "late", by="ann"),)
    evolve(pool, TicketPended(ticket="t1", at=second(6), queue="sales", agent="ann", on="customer"))
    assert when(pool, by_ann, at=7) == (tagged("t1", 7, "late", by="ann"),)
    assert word(when(pool, TagTicket(ticket="t1", by="bob", agent="bob", add=("late",)), at=8)) == "not_theirs"


def test_a_closed_ticket_stays_as_it_is() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), resolved("t1", "ann", 2))
    assert word(when(pool, TagTicket(ticket="t1", by="sue", add=("late",)), at=5)) == "not_open"


def test_a_ticket_has_at_most_fifty_tags() -> None:
    many = tuple(f"tag {number:02}" for number in range(49))
    pool = given(opened("t1", 1), tagged("t1", 2, *many))
    assert word(when(pool, TagTicket(ticket="t1", by="sue", add=("one", "two")), at=5)) == "too_many_tags"
    exchanged = when(pool, TagTicket(ticket="t1", by="sue", add=("one", "two"), remove=("tag 07",)), at=5)
    assert exchanged == (tagged("t1", 5, "one", "two", removed=("tag 07",)),)


def test_a_note_names_the_identity_under_whose_key_it_is_sealed() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1))
    command = NoteTicket(ticket="t1", by="ann", agent="ann", note=NOTE, content="c2VhbGVk")
    noted = TicketNoted(ticket="t1", at=second(5), note=NOTE, identity=IDENTITY, by="ann", content="c2VhbGVk")
    assert when(pool, command, at=5) == (noted,)
    by_bob = NoteTicket(ticket="t1", by="bob", agent="bob", note=NOTE, content="c2VhbGVk")
    assert word(when(pool, by_bob, at=5)) == "not_theirs"


def test_writing_on_a_ticket_does_not_make_it_deaf_to_what_the_customer_wrote_meanwhile() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1, channel="email"))
    pended = when(pool, PendTicket(ticket="t1", agent="ann", on="customer"), at=5)
    assert isinstance(pended, tuple)
    for event in (*pended, tagged("t1", 9, "late")):
        evolve(pool, event)
    answer: OpenTicket = open_ticket("t2", happened=8, conversation="of t1")
    woken = when(pool, answer, at=10)
    assert isinstance(woken, tuple)
    assert [event.event for event in woken] == ["ticket.queued", "ticket.offered"]


def test_the_view_shows_the_tags_in_order() -> None:
    life = log(configured(), opened("t1", 1), tagged("t1", 2, "vip", "late"), tagged("t1", 3, "a", removed=("vip",)))
    assert fold({}, life)[("tickets", "t1")]["tags"] == ["a", "late"]


@pytest.mark.parametrize(
    ("written", "kept"), [("  VIP \n customer", "vip customer"), ("\uff32efund", "refund"), ("Straße", "straße")]
)
def test_a_tag_is_kept_in_small_letters_with_single_spaces(written: str, kept: str) -> None:
    assert tag_of(written) == kept
    assert tag_of(kept) == kept


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "name the tags to add or to remove"),
        ({"add": [" \t "]}, "at least one letter or digit"),
        ({"add": ["x" * 51]}, "at most 50 characters"),
        ({"add": ["a\u0000b"]}, "no control characters"),
        ({"add": ["Late"], "remove": ["late "]}, "late is named for both"),
        ({"add": [f"tag {number}" for number in range(51)]}, "at most 50 items"),
        ({"add": ["late"], "agent": "ann"}, "Extra inputs"),
    ],
)
def test_a_body_that_makes_no_sense_says_why(body: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        TypeAdapter(Tagging).validate_python(body)
