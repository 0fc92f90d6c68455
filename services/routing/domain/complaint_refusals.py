"""Why something is not done with a complaint."""

from collections.abc import Sequence

from services.routing.domain.complaint import Complaint, Stage
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Ticket

Named = str
"""`cause` or `remedy`."""


def no_complaint(ticket: str) -> Refused:
    detail = (
        f"There is no complaint on ticket {ticket} that goes on. If the ticket turns out to be one, say so: "
        f"POST /v1/tickets/{ticket}/complaint."
    )
    return Refused(word="no_complaint", detail=detail)


def not_owned(complaint: Complaint, agent: str) -> Refused:
    owner = f"belongs to {complaint.owner}" if complaint.owner else "has no owner yet"
    detail = f"The complaint {owner}, and {agent} has not its ticket either. Its owner or a supervisor can assign it."
    return Refused(word="not_theirs", detail=detail)


def not_own(ticket: Ticket, agent: str) -> Refused:
    detail = f"The ticket is {ticket.phase} and not with {agent}. Whoever has it can say so, or a supervisor."
    return Refused(word="not_theirs", detail=detail)


def not_in_stage(complaint: Complaint, *wanted: Stage) -> Refused:
    stages = " or ".join(wanted)
    return Refused(word="wrong_stage", detail=f"The complaint is {complaint.stage}; this needs one that is {stages}.")


def unlisted(what: Named, given: str | None, listed: Sequence[str], *, required: bool = False) -> Refused | None:
    """Where there is a list, it has to be on it."""
    if not listed or given in listed or (given is None and not required):
        return None
    names = ", ".join(listed)
    if given is None:
        return Refused(word=f"no_{what}", detail=f"Say its {what}, one of: {names}.")
    return Refused(word=f"unknown_{what}", detail=f"There is no {what} {given}. Choose one of: {names}.")
