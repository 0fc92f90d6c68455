"""Commands about tickets whose queue keeps them waiting, and contacts that other pools have relieved it of."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.routing.domain.callbacks import hear_wish, request_callback
from services.routing.domain.commands import Asked, OpenTicket, Relief
from services.routing.domain.commands_relief import ForgetContact, HearCallbackWish, RequestCallback
from services.routing.domain.contact import end_contact, open_ticket
from services.routing.domain.events import Event
from services.routing.domain.moves import FromCustomer, forget, passed_on, taken_over
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool


def relieve(pool: Pool, command: Relief, asked: Asked) -> Sequence[Event] | Refused:
    """A caller is called back, or another pool is done with a contact."""
    match command:
        case RequestCallback():
            return request_callback(pool, command, asked)
        case ForgetContact():
            return forget(pool, command, asked.now)
        case _:
            assert_never(command)


def hear_customer(pool: Pool, command: FromCustomer, now: datetime) -> Sequence[Event] | Refused:
    """A customer comes, leaves, or does not want to hold the line, here or where the contact has gone."""
    elsewhere = passed_on(pool, command, now)
    if elsewhere is not None:
        return elsewhere
    events = _heard(pool, command, now)
    return events if isinstance(events, Refused) else (*taken_over(command, now), *events)


def _heard(pool: Pool, command: FromCustomer, now: datetime) -> Sequence[Event] | Refused:
    match command:
        case OpenTicket():
            return open_ticket(pool, command, now)
        case HearCallbackWish():
            return hear_wish(pool, command, now)
        case _:
            return end_contact(pool, command, now)
