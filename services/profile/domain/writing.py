"""What people write down about customers, and the facts that identifications tell: kept as it is said."""

from datetime import datetime

from services.profile.domain.commands import AddNote, ChangeCustomer, DescribeCustomer
from services.profile.domain.known import Known
from shared.contracts.customers import CustomerChanged, CustomerDescribed, CustomerEvent, Facts, NoteAdded
from shared.decider import Decision

ERASED = "erased"
"""Why facts are refused: they are from before the person was erased."""


def written(state: Known, command: AddNote | ChangeCustomer | DescribeCustomer) -> Decision[CustomerEvent]:
    """What becomes of it."""
    match command:
        case AddNote():
            return Decision(events=(_note(command),), result={})
        case ChangeCustomer():
            return Decision(events=tuple(_changed(state, command)), result={})
        case DescribeCustomer():
            said = min(command.at, command.recorded)
            events = _described(state, command.identity, command.at, command.cause, command.facts, said)
            return Decision(events=tuple(events), result={}, refused=None if events else ERASED)


def _note(command: AddNote) -> NoteAdded:
    return NoteAdded(
        identity=command.identity,
        at=command.at,
        note=command.id,
        by=command.by,
        conversation=command.conversation,
        content=command.content,
    )


def _changed(state: Known, command: ChangeCustomer) -> list[CustomerEvent]:
    events: list[CustomerEvent] = []
    at, own_id = command.at, command.id
    for part in command.parts:
        content = part.content
        events.append(CustomerChanged(identity=part.identity, at=at, change=own_id, by=command.by, content=content))
        events += _described(state, part.identity, at, own_id, part.facts, at)
    return events


def _described(
    state: Known, identity: str, at: datetime, cause: str, facts: Facts | None, said: datetime
) -> list[CustomerDescribed]:
    """What facts are kept by, if there are any, and if they were said after the identity was erased last."""
    erased = state.erased.get(identity)
    if facts is None or (erased is not None and said <= erased):
        return []
    return [CustomerDescribed(identity=identity, at=at, cause=cause, facts=facts)]
