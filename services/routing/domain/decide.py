"""From a state and a command to events or a refusal.

Times and ids come with the command; nothing here changes the state.
"""

from dataclasses import dataclass
from typing import assert_never

from services.routing.domain.annotating import annotate
from services.routing.domain.answer_command import AnswerContact
from services.routing.domain.commands import (
    Asked,
    ByPerson,
    ConfigureAgent,
    ConfigureCalendar,
    ConfigurePool,
    ConfigureQueue,
    ConfigureSkill,
    EndContact,
    FireTimers,
    OfTicket,
    OpenTicket,
    SetStatus,
)
from services.routing.domain.commands_annotating import Annotating
from services.routing.domain.commands_complaints import OfComplaint
from services.routing.domain.commands_consulting import Consulting
from services.routing.domain.commands_merging import MergeTicket
from services.routing.domain.commands_monitoring import OfMonitoring
from services.routing.domain.commands_relief import ForgetContact, HearCallbackWish, RequestCallback
from services.routing.domain.complaint_following import with_complaints
from services.routing.domain.complaints import see_to
from services.routing.domain.consulting import consult
from services.routing.domain.events import Event
from services.routing.domain.exchange import note_answer
from services.routing.domain.handling import handle
from services.routing.domain.merging import merge
from services.routing.domain.monitoring import monitor
from services.routing.domain.moves import with_endings
from services.routing.domain.persons import act
from services.routing.domain.presence import set_status
from services.routing.domain.refusals import Refused, no_pool
from services.routing.domain.relief import hear_customer, relieve
from services.routing.domain.setup import configure
from services.routing.domain.state import Pool
from services.routing.domain.timekeeping import with_targets
from services.routing.domain.timers import fire_timers


@dataclass(frozen=True, slots=True)
class Agreed:
    """What happens: nothing, where what was asked for is so already."""

    events: tuple[Event, ...]


def decide(pool: Pool, asked: Asked) -> Agreed | Refused:  # noqa: C901 (one line for each kind of command)
    """What a command leads to in this state. The same state and command always lead to the same."""
    command = asked.command
    if pool.name is None and not isinstance(command, ConfigurePool | ConfigureSkill | FireTimers):
        return no_pool(pool.id)
    match command:
        case OpenTicket() | EndContact() | HearCallbackWish():
            events = hear_customer(pool, command, asked.now)
        case RequestCallback() | ForgetContact():
            events = relieve(pool, command, asked)
        case AnswerContact():
            events = note_answer(pool, command, asked.now)
        case OfTicket():
            events = handle(pool, command, asked)
        case ByPerson():
            events = act(pool, command, asked)
        case OfMonitoring():
            events = monitor(pool, command, asked)
        case Annotating():
            events = annotate(pool, command, asked)
        case MergeTicket():
            events = merge(pool, command, asked)
        case Consulting():
            events = consult(pool, command, asked)
        case OfComplaint():
            events = see_to(pool, command, asked)
        case SetStatus():
            events = set_status(pool, command, asked)
        case ConfigurePool() | ConfigureQueue() | ConfigureAgent() | ConfigureSkill() | ConfigureCalendar():
            events = configure(pool, command, asked.now)
        case FireTimers():
            events = fire_timers(pool, asked.now)
        case _:
            assert_never(command)
    if isinstance(events, Refused):
        return events
    return Agreed(with_targets(pool, with_complaints(pool, asked, with_endings(pool, events, asked.now))))
