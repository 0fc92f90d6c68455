"""An agent asks a colleague about a ticket and keeps it meanwhile."""

from typing import Any

import pytest

from services.routing.domain.commands import (
    Command,
    EndContact,
    Ended,
    EscalateTicket,
    FireTimers,
    PendTicket,
    ResolveTicket,
    SetStatus,
    StartWrapup,
    TakeTicket,
    TransferTicket,
)
from services.routing.domain.commands_annotating import TagTicket
from services.routing.domain.commands_consulting import (
    AcceptConsultation,
    AskColleague,
    DeclineConsultation,
    EndConsultation,
)
from services.routing.domain.commands_merging import MergeTicket
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from services.routing.views import fold
from shared.contracts.tickets import TicketOffered
from shared.contracts.tickets_consultation import (
    TicketConsultationAccepted,
    TicketConsultationAsked,
    TicketConsultationDeclined,
    TicketConsultationEnded,
)
from tests.unit.routing.scenario import (
    accepted,
    available,
    configured,
    contact,
    done,
    given,
    offered,
    opened,
    second,
    status,
    when,
    word,
)
from tests.unit.routing.test_views import log

_OF: dict[str, Any] = {"ticket": "t1", "queue": "sales", "agent": "bob", "owner": "ann"}
ASK = AskColleague(ticket="t1", by="ann", agent="ann", to="bob")
ACCEPT = AcceptConsultation(ticket="t1", by="bob", agent="bob")
DECLINE = DeclineConsultation(ticket="t1", by="bob", agent="bob")
END = EndConsultation(ticket="t1", by="ann", agent="ann")


def asked(at: float) -> TicketConsultationAsked:
    return TicketConsultationAsked(**_OF, at=second(at), expires=second(at + 20), by="ann")


def agreed(at: float) -> TicketConsultationAccepted:
    return TicketConsultationAccepted(**_OF, at=second(at))


def refused(at: float) -> TicketConsultationDeclined:
    return TicketConsultationDeclined(**_OF, at=second(at))


def ended(at: float, reason: Any, by: str | None = None) -> TicketConsultationEnded:  # noqa: ANN401 (a Literal)
    return TicketConsultationEnded(**_OF, at=second(at), reason=reason, by=by)


def talking(*more: Event | list[Event], channel: str = "phone") -> Pool:
    """Ann talks to a customer, and Bob could help her."""
    return given(available("ann"), contact("t1", "ann", 1, channel=channel), available("bob", at=2), *more)


def test_a_colleague_who_is_asked_has_the_room_of_the_channel_taken_until_it_is_over() -> None:
    pool = talking()
    assert done(pool, ASK, at=5) == [asked(5)]
    assert not any(event.event == "ticket.offered" for event in flat_offers(pool, at=6))
    assert done(pool, ACCEPT, at=7) == [agreed(7)]
    assert pool.tickets["t1"].agent == "ann"
    assert done(pool, END, at=9) == [ended(9, "ended", "ann"), offered("t2", "bob", 9)]
    assert pool.agents["bob"].idle_since == second(9)


def flat_offers(pool: Pool, at: float) -> list[Event]:
    """What follows when another customer calls, who then waits."""
    for event in (events := opened("t2", at)):
        evolve(pool, event)
    return [*events, *done(pool, FireTimers(), at)]


def test_a_colleague_who_declines_gets_the_next_ticket() -> None:
    pool = talking(asked(5), opened("t2", 6))
    assert done(pool, DECLINE, at=7) == [refused(7), offered("t2", "bob", 7)]
    assert pool.agents["bob"].idle_since == second(2)
    assert word(when(pool, DECLINE, at=8)) == "not_asked"


def test_a_colleague_who_does_not_answer_is_not_responding() -> None:
    pool = talking(asked(5))
    assert when(pool, FireTimers(), at=24) == ()
    assert done(pool, FireTimers(), at=25) == [ended(25, "expired"), status("bob", "not_responding", 25)]
    assert pool.agents["bob"].hand == {}


def test_asking_and_accepting_twice_is_once_and_ending_nothing_is_nothing() -> None:
    pool = talking()
    assert done(pool, END, at=4) == []
    done(pool, ASK, at=5)
    assert done(pool, ASK, at=5) == []
    done(pool, ACCEPT, at=6)
    assert done(pool, ACCEPT, at=6) == []


def test_passing_the_ticket_on_to_the_colleague_asks_nobody_again_and_frees_the_owner() -> None:
    pool = talking(asked(5), agreed(6), opened("t2", 7))
    events = done(pool, TransferTicket(ticket="t1", by="ann", agent="ann", to="bob"), at=9)
    assert [event.event for event in events] == [
        "ticket.consultation.ended",
        "ticket.transferred",
        "ticket.queued",
        "ticket.accepted",
        "ticket.offered",
    ]
    assert events[0] == ended(9, "passed")
    assert events[3:] == [accepted("t1", "bob", 9), offered("t2", "ann", 9)]
    assert (pool.tickets["t1"].agent, pool.tickets["t1"].phase) == ("bob", "active")


def test_passing_it_on_to_a_colleague_who_has_not_answered_is_an_offer_like_any_other() -> None:
    pool = talking(asked(5))
    events = done(pool, TransferTicket(ticket="t1", by="ann", agent="ann", to="bob"), at=9)
    assert events[0] == ended(9, "over")
    assert events[-1] == offered("t1", "bob", 9)


def test_a_mail_is_passed_on_to_a_colleague_whom_a_call_has_interrupted_meanwhile() -> None:
    call = [*opened("t2", 7), offered("t2", "bob", 7), accepted("t2", "bob", 8)]
    pool = talking(asked(5), agreed(6), call, channel="email")
    events = done(pool, TransferTicket(ticket="t1", by="ann", agent="ann", to="bob"), at=9)
    assert events[-1] == accepted("t1", "bob", 9, units=1)
    assert pool.agents["bob"].hand == {"t1": "email", "t2": "phone"}


@pytest.mark.parametrize(
    "command",
    [
        ResolveTicket(ticket="t1", agent="ann"),
        PendTicket(ticket="t1", agent="ann", on="customer"),
        StartWrapup(ticket="t1", agent="ann"),
        EndContact(conversation="of t1", ended=Ended(at=second(9), reason="hung_up")),
        TransferTicket(ticket="t1", by="ann", agent="ann", queue="mail"),
        EscalateTicket(ticket="t1", by="ann", agent="ann"),
        TakeTicket(ticket="t1", by="sue", agent="cem"),
        SetStatus(agent="ann", status="offline", by="sue", force=True),
        MergeTicket(ticket="t1", into="t3", by="sue"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_whatever_ends_the_owners_work_ends_the_consultation_first_and_frees_the_colleague(command: Command) -> None:
    pool = given(
        available("ann"),
        contact("t1", "ann", 1, channel="chat"),
        available("cem", at=2, limits={"phone": 0}),
        opened("t2", 3),
        opened("t3", 4, channel="fax"),
        available("bob", at=4, limits={"fax": 0}),
        asked(5),
        agreed(6),
    )
    events = [event for event in done(pool, command, at=9) if not event.event.startswith("agent.")]
    assert events[0] == ended(9, "over")
    assert next(event for event in events if isinstance(event, TicketOffered)) == offered("t2", "bob", 9)
    assert "t1" not in pool.agents["bob"].hand
    if "t1" in pool.tickets:
        assert (pool.tickets["t1"].consulted, pool.tickets["t1"].consulting) == (None, False)


def test_what_one_who_goes_leaves_behind_is_offered_in_its_order_to_whoever_that_frees() -> None:
    pool = given(
        available("ann"),
        contact("t1", "ann", 1, channel="chat"),
        available("bob", at=2, limits={"chat": 1}),
        asked(5),
        agreed(6),
        opened("first", 0, channel="chat"),
        offered("first", "ann", 7),
    )
    events = done(pool, SetStatus(agent="ann", status="offline", by="sue", force=True), at=9)
    assert [event for event in events if isinstance(event, TicketOffered)] == [offered("first", "bob", 9)]
    assert pool.tickets["t1"].phase == "waiting"


def test_a_colleague_who_takes_a_break_declines_and_one_who_helps_stays_until_signing_out() -> None:
    pool = talking(asked(5))
    assert done(pool, SetStatus(agent="bob", status="break"), at=7) == [status("bob", "break", 7), refused(7)]
    pool = talking(asked(5), agreed(6))
    assert done(pool, SetStatus(agent="bob", status="break"), at=7) == [status("bob", "break", 7)]
    assert ended(8, "left") in done(pool, SetStatus(agent="bob", status="offline"), at=8)
    assert pool.agents["bob"].hand == {}
    assert pool.tickets["t1"].agent == "ann"


def test_who_is_consulted_writes_on_the_ticket_and_who_is_only_asked_does_not() -> None:
    tag = TagTicket(ticket="t1", by="bob", agent="bob", add=("helped",))
    assert word(when(talking(asked(5)), tag, at=7)) == "not_theirs"
    assert len(done(talking(asked(5), agreed(6)), tag, at=7)) == 1


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (AskColleague(ticket="t9", by="ann", agent="ann", to="bob"), "not_open"),
        (AskColleague(ticket="t1", by="bob", agent="bob", to="cem"), "not_theirs"),
        (AskColleague(ticket="t2", by="sue", to="bob"), "wrong_phase"),
        (AskColleague(ticket="t1", by="ann", agent="ann", to="eve"), "unknown_agent"),
        (AskColleague(ticket="t1", by="ann", agent="ann", to="ann"), "own_ticket"),
        (AskColleague(ticket="t1", by="ann", agent="ann", to="dan"), "away"),
        (AskColleague(ticket="t1", by="ann", agent="ann", to="cem"), "no_room"),
        (AskColleague(ticket="t3", by="sue", to="cem"), "consulting"),
        (AcceptConsultation(ticket="t1", by="bob", agent="bob"), "not_asked"),
        (DeclineConsultation(ticket="t3", by="ann", agent="ann"), "not_asked"),
        (DeclineConsultation(ticket="t3", by="bob", agent="bob"), "accepted"),
        (EndConsultation(ticket="t3", by="dan", agent="dan"), "not_theirs"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(command: Command, why: str) -> None:
    of_chat: dict[str, Any] = {"ticket": "t3", "queue": "sales", "agent": "bob", "owner": "ann"}
    pool = given(
        available("ann", limits={"phone": 9}),
        contact("t3", "ann", 1, channel="email"),
        contact("t1", "ann", 2),
        available("cem", at=3),
        contact("t0", "cem", 3),
        opened("t2", 4),
        available("bob", at=5, limits={"phone": 0}),
        TicketConsultationAsked(**of_chat, at=second(6), expires=second(26), by="ann"),
        TicketConsultationAccepted(**of_chat, at=second(7)),
        available("dan", at=8, limits={"phone": 0}),
        status("dan", "break", 9),
    )
    assert word(when(pool, command, at=10)) == why


def test_ticket_and_colleague_show_the_consultation() -> None:
    steps = [
        configured(),
        available("ann"),
        [*opened("t1", 1), offered("t1", "ann", 1), accepted("t1", "ann", 2)],
        available("bob", at=2),
    ]
    shown = [
        (document[("tickets", "t1")]["consultation"], document[("agents", "bob")]["consultations"])
        for document in (
            fold({}, log(*steps, asked(5))),
            fold({}, log(*steps, asked(5), agreed(6))),
            fold({}, log(*steps, asked(5), agreed(6), ended(7, "ended", "ann"))),
        )
    ]
    assert shown == [
        ({"agent": "bob", "state": "asked", "expires": second(25)}, ["t1"]),
        ({"agent": "bob", "state": "accepted", "expires": None}, ["t1"]),
        (None, []),
    ]
    assert fold({}, log(*steps, asked(5)))[("agents", "bob")]["tickets"] == []
