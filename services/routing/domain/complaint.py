"""A complaint that is not over, and how its events take it further. It is kept beside the tickets and may outlive its
own. One that is accepted or revoked is kept no longer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from services.routing.domain.deadlines import Deadlines
from shared.contracts.tickets_complaints import (
    ComplaintAcknowledged,
    ComplaintAnswered,
    ComplaintAssessed,
    ComplaintEvent,
    ComplaintFollowedUp,
    ComplaintInvestigationStarted,
    ComplaintOverdue,
    ComplaintOwnerChanged,
    ComplaintReceived,
    ComplaintReopened,
    Deadline,
)
from shared.contracts.values import Time

Stage = Literal["received", "acknowledged", "investigating", "answered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A ticket's complaint. queue: whose hours, deadlines and lists hold. last: time of its last event. owner: the
    agent who sees to it. answered: when it last was. object_until: when silence counts as acceptance; None, if it does
    not (any more). told: the deadlines that have passed and were told of. reopened: how often.
    """

    ticket: str
    queue: str
    conversation: str
    last: Time
    stage: Stage = "received"
    owner: str | None = None
    cause: str | None = None
    remedy: str | None = None
    acknowledge_due: Time | None = None
    answer_due: Time | None = None
    answered: Time | None = None
    object_until: Time | None = None
    told: tuple[Deadline, ...] = ()
    reopened: int = 0

    @property
    def is_taken_up(self) -> bool:
        """Whether anybody sees to it."""
        return self.owner is not None or self.stage != "received"

    def due(self) -> dict[Deadline, Time]:
        """What is still to be done, by when, and was not told to be overdue."""
        acknowledge = self.acknowledge_due if self.stage == "received" else None
        answer = self.answer_due if self.stage != "answered" else None
        by: dict[Deadline, Time | None] = {"acknowledge": acknowledge, "answer": answer}
        return {deadline: at for deadline, at in by.items() if at is not None and deadline not in self.told}

    def next_at(self) -> Time | None:
        """When something is to be told of it that nobody does."""
        return min([*self.due().values(), *([self.object_until] if self.object_until else [])], default=None)

    def after(self, event: ComplaintEvent) -> "Complaint":
        """As it is after its next event that does not end it."""
        change = _CHANGES.get(type(event))
        return replace(self, last=event.at, **(change(self, event) if change else {}))


class ComplaintIndex:
    """What complaints are looked up by. deadlines: of each, the next. answered: those of a conversation that wait for
    what the customer says.
    """

    __slots__ = ("answered", "deadlines")

    def __init__(self) -> None:
        self.deadlines = Deadlines()
        self.answered: dict[str, set[str]] = {}

    def put(self, complaint: Complaint) -> None:
        """It is new or changed."""
        self.deadlines.put(complaint.ticket, complaint.next_at())
        if complaint.stage == "answered":
            self.answered.setdefault(complaint.conversation, set()).add(complaint.ticket)
        else:
            self._forget_answer(complaint)

    def drop(self, complaint: Complaint) -> None:
        """It is over."""
        self.deadlines.drop(complaint.ticket)
        self._forget_answer(complaint)

    def _forget_answer(self, complaint: Complaint) -> None:
        of_conversation = self.answered.get(complaint.conversation)
        if of_conversation is not None:
            of_conversation.discard(complaint.ticket)
            if not of_conversation:
                del self.answered[complaint.conversation]


def begun(event: ComplaintReceived) -> Complaint:
    """The complaint as it begins."""
    return Complaint(
        ticket=event.ticket,
        queue=event.queue,
        conversation=event.conversation,
        last=event.at,
        owner=event.owner,
        acknowledge_due=event.acknowledge_due,
        answer_due=event.answer_due,
    )


def _owned(_: Complaint, event: ComplaintOwnerChanged) -> dict[str, Any]:
    return {"owner": event.owner}


def _acknowledged(_: Complaint, _event: ComplaintAcknowledged) -> dict[str, Any]:
    return {"stage": "acknowledged"}


def _investigated(_: Complaint, _event: ComplaintInvestigationStarted) -> dict[str, Any]:
    return {"stage": "investigating"}


def _assessed(_: Complaint, event: ComplaintAssessed) -> dict[str, Any]:
    return {"cause": event.cause, "remedy": event.remedy}


def _followed_up(_: Complaint, _event: ComplaintFollowedUp) -> dict[str, Any]:
    return {"object_until": None}


def _overdue(complaint: Complaint, event: ComplaintOverdue) -> dict[str, Any]:
    return {"told": (*complaint.told, event.deadline)}


def _answered(_: Complaint, event: ComplaintAnswered) -> dict[str, Any]:
    told = {"cause": event.cause, "remedy": event.remedy, "object_until": event.object_until}
    return {"stage": "answered", "answered": event.at, **told}


def _reopened(complaint: Complaint, event: ComplaintReopened) -> dict[str, Any]:
    told = tuple(deadline for deadline in complaint.told if deadline != "answer")
    again = {"answer_due": event.answer_due, "object_until": None, "told": told}
    return {"stage": "investigating", "reopened": complaint.reopened + 1, **again}


_CHANGES: dict[type[Any], Callable[[Complaint, Any], dict[str, Any]]] = {
    ComplaintOwnerChanged: _owned,
    ComplaintAcknowledged: _acknowledged,
    ComplaintInvestigationStarted: _investigated,
    ComplaintAssessed: _assessed,
    ComplaintAnswered: _answered,
    ComplaintFollowedUp: _followed_up,
    ComplaintReopened: _reopened,
    ComplaintOverdue: _overdue,
}
