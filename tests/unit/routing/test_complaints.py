"""Complaints: their course, who takes it further, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from services.routing.domain.commands import AcceptTicket, OpenTicket
from services.routing.domain.commands_complaints import (
    AcceptComplaint,
    AcknowledgeComplaint,
    AnswerComplaint,
    AssessComplaint,
    AssignComplaint,
    ComplaintCommand,
    InvestigateComplaint,
    RaiseComplaint,
    ReopenComplaint,
    RevokeComplaint,
)
from services.routing.domain.complaint_settings import ComplaintSettings
from services.routing.domain.configuration import QueueConfigured
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from shared.contracts.tickets import TicketAccepted, TicketOffered, TicketQueued, TicketTransferred
from shared.contracts.tickets_complaints import (
    Complained,
    ComplaintAccepted,
    ComplaintAcknowledged,
    ComplaintAnswered,
    ComplaintAssessed,
    ComplaintFollowedUp,
    ComplaintInvestigationStarted,
    ComplaintOwnerChanged,
    ComplaintReceived,
    ComplaintReopened,
    ComplaintRevoked,
)
from tests.unit.routing.complaints import (
    DELIVERY,
    REFUND,
    after,
    answered,
    centre,
    closed,
    hour,
    opened,
    received,
    refusal,
    taken,
    when,
)
from tests.unit.routing.scenario import IDENTITY

ANN: dict[str, Any] = {"ticket": "t1", "by": "ann", "agent": "ann"}
SUE: dict[str, Any] = {"ticket": "t1", "by": "sue"}
ACKNOWLEDGED = ComplaintAcknowledged(ticket="t1", at=hour(1), by="ann")
INVESTIGATING = ComplaintInvestigationStarted(ticket="t1", at=hour(1), by="ann")


def message(happened: float, ticket: str = "t2", kind: str = "request") -> OpenTicket:
    """The customer writes on the conversation."""
    return OpenTicket(
        ticket=ticket,
        conversation="of t1",
        channel="email",
        identity=IDENTITY,
        queue="sales",
        happened=hour(happened),
        kind=kind,  # type: ignore[arg-type]  # a kind
    )


# how it begins


def test_a_ticket_that_triage_takes_for_a_complaint_begins_one_with_its_deadlines() -> None:
    events = when(centre(), message(0, ticket="t1", kind="complaint"), 0)
    assert events[-1] == received()  # type: ignore[index]  # it is not refused


def test_a_plain_request_begins_none() -> None:
    events = when(centre(), message(0, ticket="t1"), 0)
    assert not any(isinstance(event, ComplaintReceived) for event in events)  # type: ignore[union-attr]  # not refused


def test_a_queue_that_sets_no_deadlines_has_none() -> None:
    pool = centre(settings=ComplaintSettings())
    *_, began = when(pool, message(0, ticket="t1", kind="complaint"), 0)  # type: ignore[misc]  # it is not refused
    assert isinstance(began, ComplaintReceived)
    assert (began.acknowledge_due, began.answer_due) == (None, None)


def test_whoever_first_accepts_its_ticket_owns_it() -> None:
    offered = TicketOffered(ticket="t1", at=hour(0), queue="sales", agent="ann", expires=hour(1))
    pool = centre(opened(), received(), offered)
    events = when(pool, AcceptTicket(ticket="t1", agent="ann"), 0.5)
    assert events[-1] == ComplaintOwnerChanged(ticket="t1", at=hour(0.5), owner="ann")  # type: ignore[index]  # agreed


def test_whoever_accepts_it_later_does_not() -> None:
    offered = TicketOffered(ticket="t1", at=hour(0), queue="sales", agent="bob", expires=hour(1))
    pool = centre(opened(), received(owner="ann"), offered)
    events = when(pool, AcceptTicket(ticket="t1", agent="bob"), 0.5)
    assert len(events) == 1  # type: ignore[arg-type]  # it is not refused


def test_a_call_is_none_before_somebody_has_accepted_it() -> None:
    call = replace(message(0, ticket="t1", kind="complaint"), channel="phone")
    events = when(centre(), call, 0)
    assert not any(isinstance(event, Complained) for event in events)  # type: ignore[union-attr]  # it is not refused
    offered = TicketOffered(ticket="t1", at=hour(0), queue="sales", agent="ann", expires=hour(1))
    *_, began = when(centre(opened(channel="phone"), offered), AcceptTicket(ticket="t1", agent="ann"), 0.5)  # type: ignore[misc]  # agreed
    assert isinstance(began, ComplaintReceived)
    assert (began.at, began.owner, began.acknowledge_due) == (hour(0.5), "ann", hour(5))


def test_a_call_that_is_accepted_as_it_comes_is_one_at_once() -> None:
    pool = centre()
    settings = replace(pool.queues["sales"], auto_accept=True)
    evolve(pool, QueueConfigured(pool="main", queue="sales", at=hour(0), settings=settings))
    call = replace(message(0, ticket="t1", kind="complaint"), channel="phone")
    *_, began = when(pool, call, 0)  # type: ignore[misc]  # it is not refused
    assert isinstance(began, ComplaintReceived)
    assert began.owner in ("ann", "bob")


def test_a_call_whose_complaint_is_over_begins_no_other() -> None:
    call = [
        *opened(channel="phone"),
        TicketOffered(ticket="t1", at=hour(0), queue="sales", agent="ann", expires=hour(1)),
        TicketAccepted(ticket="t1", at=hour(0), queue="sales", agent="ann"),
    ]
    over = ComplaintAccepted(ticket="t1", at=hour(1), by="ann")
    again: list[Event] = [
        TicketTransferred(ticket="t1", at=hour(2), queue="sales", by="ann", agent="ann"),
        TicketQueued(ticket="t1", at=hour(2), queue="sales", channel="phone", threshold=20.0, short=5.0),
        TicketOffered(ticket="t1", at=hour(2), queue="sales", agent="bob", expires=hour(3)),
    ]
    pool = centre(call, received("ann"), answered(1), over, again)
    (only,) = when(pool, AcceptTicket(ticket="t1", agent="bob"), 2)  # type: ignore[misc]  # it is not refused
    assert isinstance(only, TicketAccepted)


def test_a_ticket_can_turn_out_to_be_one_and_its_deadlines_run_from_then() -> None:
    events = when(centre(taken(None)), RaiseComplaint(**ANN), 2)
    assert events == (
        ComplaintReceived(
            ticket="t1",
            at=hour(2),
            pool="main",
            queue="sales",
            conversation="of t1",
            acknowledge_due=hour(6),
            answer_due=hour(2 + 48),
            owner="ann",
            by="ann",
        ),
    )


def test_a_complaint_that_is_one_already_is_one() -> None:
    assert when(centre(taken(), received("ann")), RaiseComplaint(**ANN), 2) == ()


# its course


def test_it_is_acknowledged_investigated_answered_and_accepted() -> None:
    pool = centre(taken(), received("ann"))
    steps: list[tuple[ComplaintCommand, type]] = [
        (AcknowledgeComplaint(**ANN), ComplaintAcknowledged),
        (InvestigateComplaint(**ANN), ComplaintInvestigationStarted),
        (AnswerComplaint(**ANN, cause=DELIVERY, remedy=REFUND), ComplaintAnswered),
        (AcceptComplaint(**ANN), ComplaintAccepted),
    ]
    for number, (command, event) in enumerate(steps, 1):
        assert [type(one) for one in when(pool, command, number)] == [event]  # type: ignore[union-attr]  # agreed
        after(pool, command, number)
    assert pool.complaints == {}
    assert pool.index.complaints.answered == {}


def test_it_outlives_its_ticket() -> None:
    pool = centre(taken(), received("ann"), closed())
    assert pool.tickets == {}
    assert when(pool, AcknowledgeComplaint(**ANN), 1) == (ACKNOWLEDGED,)


def test_an_answer_at_once_acknowledges_it() -> None:
    pool = centre(taken(), received("ann"))
    assert when(pool, AnswerComplaint(**ANN, cause=DELIVERY, remedy=REFUND), 2) == (
        ComplaintAcknowledged(ticket="t1", at=hour(2), by="ann"),
        answered(2, until=7 * 24 + 2),
    )


def test_what_was_assessed_before_stands_in_the_answer() -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED)
    assessed = ComplaintAssessed(ticket="t1", at=hour(1), by="ann", cause=DELIVERY)
    assert when(pool, AssessComplaint(**ANN, cause=DELIVERY), 1) == (assessed,)
    after(pool, AssessComplaint(**ANN, cause=DELIVERY), 1)
    after(pool, AssessComplaint(**ANN, remedy=REFUND), 1)
    assert when(pool, AnswerComplaint(**ANN), 2) == (answered(2, until=7 * 24 + 2),)


def test_what_was_assessed_can_be_corrected_after_the_answer() -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED, answered())
    assert when(pool, AssessComplaint(**ANN, cause="billing"), 3) == (
        ComplaintAssessed(ticket="t1", at=hour(3), by="ann", cause="billing", remedy=REFUND),
    )


def test_a_customer_who_objects_has_it_investigated_again_with_a_new_deadline() -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED, answered())
    assert when(pool, ReopenComplaint(**ANN, reason="Nothing came"), 2) == (
        ComplaintReopened(ticket="t1", at=hour(2), by="ann", answer_due=hour(50), owner="ann", reason="Nothing came"),
    )
    again = after(pool, ReopenComplaint(**ANN), 2).complaints["t1"]
    assert (again.stage, again.reopened, again.object_until) == ("investigating", 1, None)


def test_a_double_click_does_nothing_twice() -> None:
    begun = [*taken(), received("ann")]
    assert when(centre(begun, ACKNOWLEDGED), AcknowledgeComplaint(**ANN), 2) == ()
    investigating = centre(begun, ACKNOWLEDGED, INVESTIGATING)
    assert when(investigating, InvestigateComplaint(**ANN), 2) == ()
    done = centre(begun, ACKNOWLEDGED, answered())
    assert when(done, AnswerComplaint(**ANN, cause=DELIVERY, remedy=REFUND), 3) == ()
    assert when(done, AssessComplaint(**ANN, cause=DELIVERY), 3) == ()
    assert when(after(done, ReopenComplaint(**ANN), 3), ReopenComplaint(**ANN), 3) == ()
    assert when(done, AssignComplaint(**ANN, to="ann"), 3) == ()


def test_what_was_taken_for_one_wrongly_is_none_any_more() -> None:
    pool = centre(taken(), received("ann"))
    revoked = ComplaintRevoked(ticket="t1", at=hour(1), by="ann", reason="A question")
    assert when(pool, RevokeComplaint(**ANN, reason="A question"), 1) == (revoked,)
    assert after(pool, RevokeComplaint(**ANN, reason="A question"), 1).complaints == {}
    assert [type(event) for event in when(pool, RaiseComplaint(**ANN), 2)] == [ComplaintReceived]  # type: ignore[union-attr]  # agreed


# what the customer writes


def test_a_message_after_the_answer_is_no_objection_but_its_writer_is_not_silent() -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED, answered(), closed())
    events = when(pool, message(3), 3)
    assert events[-1] == ComplaintFollowedUp(ticket="t1", at=hour(3), owner="ann")  # type: ignore[index]  # agreed
    assert after(pool, message(3), 3).complaints["t1"].object_until is None
    again = when(pool, message(4, ticket="t3"), 4)
    assert not any(isinstance(event, ComplaintFollowedUp) for event in again)  # type: ignore[union-attr]  # not refused


@pytest.mark.parametrize("happened", [1.5, 2])
def test_a_message_from_before_the_answer_says_nothing_of_it(happened: float) -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED, answered())
    assert when(pool, message(happened), 3) == ()


def test_a_message_before_there_is_an_answer_says_nothing_either() -> None:
    assert when(centre(taken(), received("ann")), message(3), 3) == ()


# who may


def test_its_owner_may_take_it_further_and_so_may_whoever_has_its_ticket() -> None:
    pool = centre(taken(), received("bob"))
    for agent in ("ann", "bob"):
        assert when(pool, AcknowledgeComplaint(ticket="t1", by=agent, agent=agent), 1)


def test_other_agents_may_not() -> None:
    pool = centre(taken(), received("ann"))
    refused = refusal(when(pool, AcknowledgeComplaint(ticket="t1", by="bob", agent="bob"), 1))
    assert refused.word == "not_theirs"
    assert "ann" in refused.detail
    request = centre(taken(None))
    assert refusal(when(request, RaiseComplaint(ticket="t1", by="bob", agent="bob"), 1)).word == "not_theirs"


def test_who_is_only_asked_for_its_ticket_may_not() -> None:
    offered = TicketOffered(ticket="t1", at=hour(0), queue="sales", agent="bob", expires=hour(1))
    pool = centre(opened(), received(), offered)
    assert refusal(when(pool, AcknowledgeComplaint(ticket="t1", by="bob", agent="bob"), 1)).word == "not_theirs"


def test_supervisors_may_take_any_further() -> None:
    assert when(centre(opened(), received()), AcknowledgeComplaint(**SUE), 1)
    assert when(centre(opened(None)), RaiseComplaint(**SUE), 1)


def test_it_is_handed_over_to_an_agent_of_the_pool() -> None:
    pool = centre(taken(), received("ann"))
    assert when(pool, AssignComplaint(**ANN, to="bob"), 1) == (
        ComplaintOwnerChanged(ticket="t1", at=hour(1), owner="bob", by="ann"),
    )
    assert refusal(when(pool, AssignComplaint(**ANN, to="zoe"), 1)).word == "unknown_agent"


# what is refused


@pytest.mark.parametrize(
    "command",
    [AcknowledgeComplaint(**ANN), AnswerComplaint(**ANN), AcceptComplaint(**ANN), RevokeComplaint(**ANN, reason="no")],
)
def test_what_is_no_complaint_has_no_course(command: ComplaintCommand) -> None:
    refused = refusal(when(centre(taken(None)), command, 1))
    assert refused.word == "no_complaint"
    assert "POST /v1/tickets/t1/complaint" in refused.detail


def test_a_ticket_that_is_closed_cannot_turn_out_to_be_one() -> None:
    assert refusal(when(centre(taken(None), closed()), RaiseComplaint(**SUE), 2)).word == "not_open"


def test_it_is_not_investigated_before_the_customer_knows_that_it_has_arrived() -> None:
    refused = refusal(when(centre(taken(), received("ann")), InvestigateComplaint(**ANN), 1))
    assert (refused.word, "acknowledged" in refused.detail) == ("wrong_stage", True)


@pytest.mark.parametrize("command", [AcceptComplaint(**ANN), ReopenComplaint(**ANN)])
def test_what_is_not_answered_is_neither_accepted_nor_reopened(command: ComplaintCommand) -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED)
    assert refusal(when(pool, command, 1)).word == "wrong_stage"


def test_another_answer_needs_it_to_be_reopened() -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED, answered())
    assert refusal(when(pool, AnswerComplaint(**ANN, cause="billing"), 3)).word == "wrong_stage"
    assert refusal(when(pool, InvestigateComplaint(**ANN), 3)).word == "wrong_stage"


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (AssessComplaint(**ANN, cause="bad luck"), "unknown_cause"),
        (AssessComplaint(**ANN, remedy="flowers"), "unknown_remedy"),
        (AnswerComplaint(**ANN, cause="bad luck", remedy=REFUND), "unknown_cause"),
        (AnswerComplaint(**ANN, cause=DELIVERY, remedy="flowers"), "unknown_remedy"),
        (AnswerComplaint(**ANN, remedy=REFUND), "no_cause"),
        (AnswerComplaint(**ANN, cause=DELIVERY), "no_remedy"),
    ],
)
def test_causes_and_remedies_are_those_of_the_queue(command: ComplaintCommand, word: str) -> None:
    refused = refusal(when(centre(taken(), received("ann")), command, 1))
    listed = REFUND if word.endswith("remedy") else DELIVERY
    assert (refused.word, listed in refused.detail) == (word, True)


def test_where_the_queue_lists_none_any_will_do_and_none_is_asked() -> None:
    pool = centre(taken(), received("ann"), settings=ComplaintSettings())
    assert when(pool, AssessComplaint(**ANN, cause="bad luck"), 1)
    assert when(pool, AnswerComplaint(**ANN), 1)
