"""A ticket's targets as its view has them: what each event makes of one, and which of them still need somebody."""

from typing import assert_never

from shared.contracts.tickets_sla import (
    TargetEvent,
    TicketSlaBreached,
    TicketSlaLifted,
    TicketSlaMet,
    TicketSlaMissed,
    TicketSlaPaused,
    TicketSlaResumed,
    TicketSlaStarted,
    TicketSlaWarned,
)
from shared.mongo import Document


def change_targets(ticket: Document, event: TargetEvent) -> Document:
    """What changes in the ticket's document. sla: `warned`, `breached`: of its targets that are still to be reached."""
    before: Document = ticket.get("targets", {})
    changed = _change(before.get(event.target), event)
    targets = {name: target for name, target in {**before, event.target: changed}.items() if target is not None}
    open_ = [target for target in targets.values() if target["open"]]
    return {"targets": targets, "sla": [word for word in ("warned", "breached") if any(one[word] for one in open_)]}


def _change(target: Document | None, event: TargetEvent) -> Document | None:
    if isinstance(event, TicketSlaStarted):
        warned = target is not None and target["open"] and target["warned"]
        began: Document = {"queue": event.queue, "since": event.since, "seconds": event.seconds, "warned": warned}
        ticking = {"state": "running", "due": event.due, "warn_at": event.warn_at, "left_s": None}
        return {**began, **ticking, "open": True, "breached": False, "reached": None, "late_s": None}
    if target is None:
        return None
    match event:
        case TicketSlaPaused():
            return {**target, "state": "paused", "left_s": event.left_s, "due": None, "warn_at": None}
        case TicketSlaResumed():
            again = {"due": event.due, "warn_at": event.warn_at, "left_s": None, "reached": None, "late_s": None}
            return {**target, **again, "state": "running", "open": True}
        case TicketSlaWarned():
            return {**target, "warned": True}
        case TicketSlaBreached():
            return {**target, "breached": True}
        case TicketSlaMet():
            met = {"state": "met", "open": False, "breached": False}
            return {**target, **met, "reached": event.reached, "left_s": event.left_s}
        case TicketSlaMissed():
            return {**target, "state": "missed", "open": False, "reached": event.reached, "late_s": event.late_s}
        case TicketSlaLifted():
            return {**target, "state": "missed", "open": False} if target["breached"] else None
        case _:
            assert_never(event)
