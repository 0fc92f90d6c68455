"""A second opinion on complaints, made from their events alone."""

from datetime import datetime
from typing import Any

from services.routing.domain.commands_complaints import (
    AcceptComplaint,
    AcknowledgeComplaint,
    AnswerComplaint,
    AssessComplaint,
    AssignComplaint,
    InvestigateComplaint,
    RaiseComplaint,
    ReopenComplaint,
    RevokeComplaint,
)
from services.routing.domain.complaint_settings import ComplaintSettings
from services.routing.domain.state import Pool
from shared.contracts.tickets_complaints import Complained

_NEXT = {
    "received": (("none", "accepted", "revoked", "moved"), "received"),
    "acknowledged": (("received",), "acknowledged"),
    "investigation.started": (("acknowledged",), "investigating"),
    "answered": (("acknowledged", "investigating"), "answered"),
    "followed_up": (("answered",), "answered"),
    "accepted": (("answered",), "accepted"),
    "reopened": (("answered",), "investigating"),
    "moved": (("received",), "moved"),
    "revoked": (("received", "acknowledged", "investigating", "answered"), "revoked"),
}
"""The stages in which an event may come, and the stage that it leads to. Others come in any that is not over."""

_OVER = ("none", "accepted", "revoked", "moved")

STEPS: tuple[Any, ...] = (
    RaiseComplaint,
    AcknowledgeComplaint,
    InvestigateComplaint,
    AssessComplaint,
    AnswerComplaint,
    AnswerComplaint,
    AcceptComplaint,
    ReopenComplaint,
    AssignComplaint,
    RevokeComplaint,
)
GIVEN: dict[Any, dict[str, str]] = {
    AssessComplaint: {"cause": "delivery"},
    AnswerComplaint: {"cause": "delivery", "remedy": "refund"},
    AssignComplaint: {"to": "bob"},
    RevokeComplaint: {"reason": "A question"},
}
SETTINGS = (
    ComplaintSettings(),
    ComplaintSettings(acknowledge_s=10, answer_s=20, object_s=15),
    ComplaintSettings(answer_s=40, causes=("delivery",), remedies=("excuse",)),
)


class ComplaintsWitness:
    """Follows the events and fails on the first that is not legal."""

    def __init__(self) -> None:
        self.stages: dict[str, str] = {}
        self.owners: dict[str, str | None] = {}
        self._last: dict[str, datetime] = {}
        self._due: dict[tuple[str, str], datetime | None] = {}
        self._told: set[tuple[str, str]] = set()

    def see(self, event: Any) -> None:  # noqa: ANN401 (any event)
        """Takes the next event in."""
        if not isinstance(event, Complained):
            return
        ticket, name = event.ticket, str(getattr(event, "event", "")).removeprefix("ticket.complaint.")
        before = self.stages.get(ticket, "none")
        allowed, after = _NEXT.get(name, (tuple(set(self.stages.values()) - set(_OVER)), before))
        assert before in allowed, f"{name} of a complaint that is {before}"
        if name != "received":
            assert event.at >= self._last[ticket], "a complaint's events are in order of time"
        self._last[ticket] = event.at
        self.stages[ticket] = after
        self._follow(name, event)

    def _follow(self, name: str, event: Any) -> None:  # noqa: ANN401 (any event)
        ticket = event.ticket
        if name in ("received", "owner.changed"):
            self.owners[ticket] = event.owner
        if name == "received":
            self._due |= {(ticket, "acknowledge"): event.acknowledge_due, (ticket, "answer"): event.answer_due}
            self._told -= {(ticket, "acknowledge"), (ticket, "answer")}
        elif name == "reopened":
            self._due[(ticket, "answer")] = event.answer_due
            self._told.discard((ticket, "answer"))
        elif name == "overdue":
            assert (ticket, event.deadline) not in self._told, "a deadline is told once"
            assert event.due == self._due[(ticket, event.deadline)]
            self._told.add((ticket, event.deadline))
        elif name in ("acknowledged", "answered"):
            deadline = "acknowledge" if name == "acknowledged" else "answer"
            due = self._due[(ticket, deadline)]
            late = due is not None and event.at > due
            assert not late or (ticket, deadline) in self._told, "what is done too late was told to be overdue"

    def agrees_with(self, pool: Pool) -> None:
        """The pool's state is what the events say."""
        going_on = {ticket: stage for ticket, stage in self.stages.items() if stage not in _OVER}
        assert {one.ticket: one.stage for one in pool.complaints.values()} == going_on
        assert {one.ticket: one.owner for one in pool.complaints.values()} == {
            ticket: self.owners[ticket] for ticket in going_on
        }

    def overdue_untold(self, now: datetime) -> set[tuple[str, str]]:
        """Deadlines that have passed, are still to be met, and were not told of."""
        waits = {"acknowledge": ("received",), "answer": ("received", "acknowledged", "investigating")}
        return {
            (ticket, deadline)
            for (ticket, deadline), due in self._due.items()
            if due is not None and due <= now and (ticket, deadline) not in self._told
            if self.stages[ticket] in waits[deadline]
        }


def complaint_lookups(pool: Pool) -> tuple[Any, Any]:
    """What the index of complaints finds, in a form that can be compared."""
    return pool.index.complaints.deadlines.keys(), pool.index.complaints.answered
