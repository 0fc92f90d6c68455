"""The course of complaints: what people do with them, and what follows from what becomes of their tickets."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.routing.domain.business_time import after
from services.routing.domain.commands import Asked
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
from services.routing.domain.complaint import Complaint
from services.routing.domain.complaint_deadlines import overdue
from services.routing.domain.complaint_refusals import no_complaint, not_in_stage, not_own, not_owned, unlisted
from services.routing.domain.opening import opening
from services.routing.domain.refusals import Refused, no_agent, not_open
from services.routing.domain.state import Phase, Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets_complaints import (
    ComplaintAccepted,
    ComplaintAcknowledged,
    ComplaintAnswered,
    ComplaintAssessed,
    ComplaintEvent,
    ComplaintInvestigationStarted,
    ComplaintOwnerChanged,
    ComplaintReceived,
    ComplaintReopened,
    ComplaintRevoked,
)

_WITH_ITS_OWNER: tuple[Phase, ...] = ("active", "held", "wrapup", "pending", "resolved")

Outcome = Sequence[ComplaintEvent] | Refused


def see_to(pool: Pool, command: ComplaintCommand, asked: Asked) -> Outcome:
    """A person takes a complaint further. Nothing happens where it is so already."""
    ticket, complaint = pool.tickets.get(command.ticket), pool.complaints.get(command.ticket)
    if isinstance(command, RaiseComplaint):
        return _raise(pool, command, ticket, complaint, asked)
    if complaint is None:
        return no_complaint(command.ticket)
    if command.agent is not None and command.agent not in (complaint.owner, holder(ticket)):
        return not_owned(complaint, command.agent)
    at = between(complaint.last, asked.at, asked.now)
    events = _events(pool, command, complaint, at)
    if isinstance(events, Refused) or not events:
        return events
    return (*(late for late in overdue(complaint, at) if late.due < at), *events)


def holder(ticket: Ticket | None) -> str | None:
    """The agent who has the ticket, or who had it before it was parked or resolved."""
    return ticket.owner if ticket is not None and ticket.phase in _WITH_ITS_OWNER else None


def received(
    pool: Pool,
    ticket: str,
    at: datetime,
    *,
    queue: str,
    conversation: str,
    owner: str | None,
    by: str | None = None,
    since: datetime | None = None,
) -> ComplaintReceived:
    """A complaint begins, with the deadlines that its queue sets. since: from when on they run, if that was earlier."""
    began = at if since is None else since
    settings = pool.queues[queue].complaints
    return ComplaintReceived(
        ticket=ticket,
        at=at,
        pool=pool.id,
        queue=queue,
        conversation=conversation,
        acknowledge_due=_due(pool, queue, began, settings.acknowledge_s),
        answer_due=_due(pool, queue, began, settings.answer_s),
        owner=owner,
        by=by,
        since=began if began < at else None,
    )


def _due(pool: Pool, queue: str, at: datetime, seconds: float | None) -> datetime | None:
    """So much business time later; None if that is after 2099."""
    return None if seconds is None else after(opening(pool, queue), at, seconds)


def _raise(
    pool: Pool, command: RaiseComplaint, ticket: Ticket | None, complaint: Complaint | None, asked: Asked
) -> Outcome:
    if complaint is not None:
        return ()
    if ticket is None:
        return not_open(command.ticket)
    if command.agent is not None and command.agent != holder(ticket):
        return not_own(ticket, command.agent)
    at = between(ticket.last, asked.at, asked.now)
    of = {"queue": ticket.queue, "conversation": ticket.conversation, "owner": ticket.owner, "by": command.by}
    return (received(pool, ticket.id, at, **of),)  # type: ignore[arg-type]  # a ticket that is open has a queue


def _events(pool: Pool, command: ComplaintCommand, complaint: Complaint, at: datetime) -> Outcome:  # noqa: C901 (one step each)
    ticket, by = complaint.ticket, command.by
    match command:
        case RaiseComplaint():
            return ()
        case AcknowledgeComplaint():
            if complaint.stage != "received":
                return ()
            return (ComplaintAcknowledged(ticket=ticket, at=at, by=by),)
        case InvestigateComplaint():
            return _investigate(complaint, at, by)
        case AssessComplaint():
            return _assess(pool, command, complaint, at)
        case AnswerComplaint():
            return _answer(pool, command, complaint, at)
        case AcceptComplaint():
            if complaint.stage != "answered":
                return not_in_stage(complaint, "answered")
            return (ComplaintAccepted(ticket=ticket, at=at, by=by),)
        case ReopenComplaint():
            return _reopen(pool, command, complaint, at)
        case AssignComplaint():
            if command.to not in pool.agents:
                return no_agent(command.to)
            if command.to == complaint.owner:
                return ()
            return (ComplaintOwnerChanged(ticket=ticket, at=at, owner=command.to, by=by),)
        case RevokeComplaint():
            return (ComplaintRevoked(ticket=ticket, at=at, by=by, reason=command.reason),)
        case _:
            assert_never(command)


def _investigate(complaint: Complaint, at: datetime, by: str) -> Outcome:
    if complaint.stage == "investigating":
        return ()
    if complaint.stage != "acknowledged":
        return not_in_stage(complaint, "acknowledged")
    return (ComplaintInvestigationStarted(ticket=complaint.ticket, at=at, by=by),)


def _assess(pool: Pool, command: AssessComplaint, complaint: Complaint, at: datetime) -> Outcome:
    cause, remedy = command.cause or complaint.cause, command.remedy or complaint.remedy
    if (cause, remedy) == (complaint.cause, complaint.remedy):
        return ()
    settings = pool.queues[complaint.queue].complaints
    refused = unlisted("cause", command.cause, settings.causes) or unlisted("remedy", command.remedy, settings.remedies)
    if refused:
        return refused
    return (ComplaintAssessed(ticket=complaint.ticket, at=at, by=command.by, cause=cause, remedy=remedy),)


def _answer(pool: Pool, command: AnswerComplaint, complaint: Complaint, at: datetime) -> Outcome:
    """Whoever has the answer at once need not say before that the complaint has arrived."""
    cause, remedy = command.cause or complaint.cause, command.remedy or complaint.remedy
    if complaint.stage == "answered":
        so = (cause, remedy) == (complaint.cause, complaint.remedy)
        return () if so else not_in_stage(complaint, "received", "acknowledged", "investigating")
    settings, ticket = pool.queues[complaint.queue].complaints, complaint.ticket
    required = unlisted("cause", cause, settings.causes, required=True)
    if refused := required or unlisted("remedy", remedy, settings.remedies, required=True):
        return refused
    until = _due(pool, complaint.queue, at, settings.object_s)
    answered = ComplaintAnswered(ticket=ticket, at=at, by=command.by, cause=cause, remedy=remedy, object_until=until)
    if complaint.stage == "received":
        return (ComplaintAcknowledged(ticket=ticket, at=at, by=command.by), answered)
    return (answered,)


def _reopen(pool: Pool, command: ReopenComplaint, complaint: Complaint, at: datetime) -> Outcome:
    if complaint.stage == "investigating" and complaint.reopened:
        return ()
    if complaint.stage != "answered":
        return not_in_stage(complaint, "answered")
    due = _due(pool, complaint.queue, at, pool.queues[complaint.queue].complaints.answer_s)
    return (
        ComplaintReopened(
            ticket=complaint.ticket,
            at=at,
            by=command.by,
            answer_due=due,
            owner=complaint.owner,
            reason=command.reason,
        ),
    )
