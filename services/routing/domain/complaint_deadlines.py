"""What time does to complaints: deadlines pass, and silence is taken for acceptance."""

from collections.abc import Sequence
from datetime import datetime

from services.routing.domain.complaint import Complaint
from services.routing.domain.state import Pool
from shared.contracts.tickets_complaints import ComplaintAccepted, ComplaintEvent, ComplaintOverdue


def overdue(complaint: Complaint, until: datetime) -> Sequence[ComplaintOverdue]:
    """The deadlines up to that moment that were not met and not told of, in order of time."""
    passed = sorted((due, deadline) for deadline, due in complaint.due().items() if due <= until)
    return [
        ComplaintOverdue(
            ticket=complaint.ticket,
            at=max(complaint.last, due),
            deadline=deadline,
            due=due,
            owner=complaint.owner,
        )
        for due, deadline in passed
    ]


def time_passes(pool: Pool, now: datetime) -> Sequence[ComplaintEvent]:
    """What the complaints have come to by now: of a bounded number at once, of the others the next time."""
    events: list[ComplaintEvent] = []
    for name in pool.index.complaints.deadlines.due(now):
        complaint = pool.complaints[name]
        events += overdue(complaint, now)
        if complaint.object_until is not None and complaint.object_until <= now:
            at = max(complaint.last, complaint.object_until)
            events.append(ComplaintAccepted(ticket=name, at=at))
    return events
