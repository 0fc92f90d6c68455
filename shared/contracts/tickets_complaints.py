"""Events of hub.tickets.v1 that tell the course of a complaint. It may go on after its ticket is closed.

Their times are in order among themselves; they do not count in the order of the ticket's other events.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Len

from shared.contracts.ticketed import Ticketed
from shared.contracts.values import Conversation, Name, Time

Deadline = Literal["acknowledge", "answer"]
"""What is to be done by a certain time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complained(Ticketed):
    """Something of a ticket's complaint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintReceived(Complained):
    """The ticket is a complaint from now on. queue: whose hours, deadlines and lists hold for it, wherever the ticket
    goes. acknowledge_due, answer_due: by when, if the queue says so. owner: the agent who sees to it. by: the person
    who took it for one; nobody, if triage did. since: from when on its deadlines run, where that is earlier.
    """

    event: Literal["ticket.complaint.received"] = "ticket.complaint.received"
    pool: Name
    queue: Name
    conversation: Conversation
    acknowledge_due: Time | None = None
    answer_due: Time | None = None
    owner: Name | None = None
    by: Name | None = None
    since: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintOwnerChanged(Complained):
    """by: the person; nobody, where the owner is who first accepted the ticket."""

    event: Literal["ticket.complaint.owner.changed"] = "ticket.complaint.owner.changed"
    owner: Name
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAcknowledged(Complained):
    """The customer was told that it has arrived."""

    event: Literal["ticket.complaint.acknowledged"] = "ticket.complaint.acknowledged"
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintInvestigationStarted(Complained):
    event: Literal["ticket.complaint.investigation.started"] = "ticket.complaint.investigation.started"
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAssessed(Complained):
    """What is known of its root cause and its remedy from now on."""

    event: Literal["ticket.complaint.assessed"] = "ticket.complaint.assessed"
    by: Name
    cause: Name | None = None
    remedy: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAnswered(Complained):
    """The customer was told what is done about it. object_until: silence until then counts as acceptance."""

    event: Literal["ticket.complaint.answered"] = "ticket.complaint.answered"
    by: Name
    cause: Name | None = None
    remedy: Name | None = None
    object_until: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintFollowedUp(Complained):
    """The customer has written since the answer, so it is not accepted by silence any more. Somebody reads it and says
    whether it is an objection.
    """

    event: Literal["ticket.complaint.followed_up"] = "ticket.complaint.followed_up"
    owner: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAccepted(Complained):
    """It is over. by: the person whom the customer told; nobody, where the customer has not objected in time."""

    event: Literal["ticket.complaint.accepted"] = "ticket.complaint.accepted"
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintReopened(Complained):
    """The customer does not accept the answer; it is investigated again. by: the person whom the customer told."""

    event: Literal["ticket.complaint.reopened"] = "ticket.complaint.reopened"
    by: Name
    answer_due: Time | None = None
    owner: Name | None = None
    reason: Annotated[str, Len(1, 200)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintOverdue(Complained):
    """What was due by then was not done by then."""

    event: Literal["ticket.complaint.overdue"] = "ticket.complaint.overdue"
    deadline: Deadline
    due: Time
    owner: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRevoked(Complained):
    """It was taken for a complaint wrongly; its ticket is a plain request from now on."""

    event: Literal["ticket.complaint.revoked"] = "ticket.complaint.revoked"
    by: Name
    reason: Annotated[str, Len(1, 200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintMoved(Complained):
    """Its ticket went on in another pool before anybody took it up, and so does the complaint, as that of `into`."""

    event: Literal["ticket.complaint.moved"] = "ticket.complaint.moved"
    pool: Name
    into: Name


ComplaintEvent = (
    ComplaintReceived
    | ComplaintOwnerChanged
    | ComplaintAcknowledged
    | ComplaintInvestigationStarted
    | ComplaintAssessed
    | ComplaintAnswered
    | ComplaintFollowedUp
    | ComplaintAccepted
    | ComplaintReopened
    | ComplaintOverdue
    | ComplaintRevoked
    | ComplaintMoved
)
