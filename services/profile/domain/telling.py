"""Telling whom identities belong to: what the decisions on links, facts and erasures come to for everybody else.

The fold notes which identities belong to another customer now, or to one of whom other facts are stated (`untold`); a
further decision tells it. So whoever keeps the newest `customer.known` of each identity knows what is known here.
"""

from datetime import datetime
from itertools import islice

from services.profile.domain.commands import TellKnown
from services.profile.domain.known import Known
from shared.contracts.customers import CustomerEvent, CustomerKnown, customer_id
from shared.decider import Decision

_AT_ONCE = 2_000


def tell(state: Known, command: TellKnown) -> Decision[CustomerEvent]:
    """Tells it of some identities of which it is not told yet; once more, as long as there are any."""
    events = tuple(known_customer(state, identity, command.at) for identity in islice(state.untold, _AT_ONCE))
    return Decision(events=events, result={})


def known_customer(state: Known, identity: str, at: datetime) -> CustomerKnown:
    """Whom an identity belongs to now."""
    members = state.members(identity)
    facts = state.facts_of(members)
    return CustomerKnown(
        identity=identity,
        at=at,
        customer=customer_id(members[0]),
        segment=facts.get("segment"),
        account_manager=facts.get("account_manager"),
        language=facts.get("language"),
    )
