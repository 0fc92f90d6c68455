"""The view of complaints as a pure fold of the decision log: one document for each ticket that is or was one.

Of a ticket that is taken for a complaint anew, the document tells the new course; the decision log tells both.
"""

from typing import Any, get_args

from shared.contracts.tickets_complaints import (
    ComplaintAccepted,
    ComplaintAcknowledged,
    ComplaintAnswered,
    ComplaintAssessed,
    ComplaintEvent,
    ComplaintFollowedUp,
    ComplaintInvestigationStarted,
    ComplaintMoved,
    ComplaintOverdue,
    ComplaintOwnerChanged,
    ComplaintReceived,
    ComplaintReopened,
    ComplaintRevoked,
)
from shared.mongo import Document

COMPLAINT_EVENTS = get_args(ComplaintEvent)
ON_TICKETS = (ComplaintReceived, ComplaintRevoked)
"""Events that change what kind of ticket it is."""

_NEW: Document = dict.fromkeys(
    (
        "cause",
        "remedy",
        "acknowledged",
        "investigating",
        "answered",
        "object_until",
        "followed_up",
        "ended",
        "by",
        "reason",
    )
)


def kind_after(event: Any) -> Document:  # noqa: ANN401 (any event)
    """What an event of a complaint changes in its ticket's document."""
    match event:
        case ComplaintReceived():
            return {"kind": "complaint"}
        case ComplaintRevoked():
            return {"kind": "request"}
        case _:
            return {}


def change_complaint(document: Document, event: Any) -> Document:  # noqa: ANN401, C901 (any event; a line for each)
    """What an event changes in a complaint's document.

    late: the deadlines that were missed; overdue: those of them that still wait. ended: when it was accepted,
    revoked, or moved to another pool. Of a course that goes back, acknowledged and answered tell the first time.
    """
    match event:
        case ComplaintReceived():
            return {
                **_NEW,
                "pool": event.pool,
                "queue": event.queue,
                "conversation": event.conversation,
                "stage": "received",
                "received": event.since or event.at,
                "owner": event.owner,
                "acknowledge_due": event.acknowledge_due,
                "answer_due": event.answer_due,
                "late": [],
                "overdue": [],
                "reopened": 0,
                "raised_by": event.by,
            }
        case ComplaintOwnerChanged():
            return {"owner": event.owner}
        case ComplaintAcknowledged():
            return {"stage": "acknowledged", "acknowledged": event.at, **_done(document, "acknowledge")}
        case ComplaintInvestigationStarted():
            return {"stage": "investigating", "investigating": event.at}
        case ComplaintAssessed():
            return {"cause": event.cause, "remedy": event.remedy}
        case ComplaintAnswered():
            told = {"cause": event.cause, "remedy": event.remedy, "object_until": event.object_until}
            first = document.get("answered") or event.at
            return {"stage": "answered", "answered": first, **told, **_done(document, "answer")}
        case ComplaintFollowedUp():
            return {"followed_up": event.at, "object_until": None}
        case ComplaintReopened():
            again = {"answer_due": event.answer_due, "object_until": None, "followed_up": None}
            return {"stage": "investigating", "reopened": document["reopened"] + 1, **again}
        case ComplaintOverdue():
            late = sorted({*document["late"], event.deadline})
            return {"late": late, "overdue": sorted({*document["overdue"], event.deadline})}
        case ComplaintAccepted():
            return {"stage": "accepted", "ended": event.at, "by": event.by, "object_until": None}
        case ComplaintMoved():
            return {"stage": "moved", "ended": event.at, "overdue": []}
        case ComplaintRevoked():
            return {"stage": "revoked", "ended": event.at, "by": event.by, "reason": event.reason, "overdue": []}
        case _:
            return {}


def _done(document: Document, deadline: str) -> Document:
    return {"overdue": [other for other in document["overdue"] if other != deadline]}
