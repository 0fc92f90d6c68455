"""Who a customer is, as far as routing needs it: a fold of `customer.known`, whatever order it comes in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.contracts.customers import CustomerEvent, CustomerKnown, customer_id
from shared.contracts.decided import Decided

Version = tuple[int, int]
"""The decision that it was told with, and the event's place in that: of one identity it only grows."""

UNTOLD: Version = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Whom an identity (hash) belongs to, and what is known of that customer. version: UNTOLD, if nothing was told."""

    identity: str
    customer: str
    segment: str | None = None
    account_manager: str | None = None
    language: str | None = None
    version: Version = UNTOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks for something, as is known just then. last_agent: who accepted a ticket of this customer last."""

    customer: str | None = None
    segment: str | None = None
    account_manager: str | None = None
    language: str | None = None
    last_agent: str | None = None


UNKNOWN = Caller()
"""Of whom nothing is known."""


def lone(identity: str) -> Belonging:
    """An identity of which nothing was told: a customer by itself."""
    return Belonging(identity=identity, customer=customer_id(identity))


def caller(belonging: Belonging, last_agent: str | None) -> Caller:
    """The customer who comes through an identity."""
    return Caller(
        customer=belonging.customer,
        segment=belonging.segment,
        account_manager=belonging.account_manager,
        language=belonging.language,
        last_agent=last_agent,
    )


def fold(known: Mapping[str, Belonging], events: Iterable[Decided[CustomerEvent]]) -> dict[str, Belonging]:
    """What is known of identities after the events: the newest of each. known: before."""
    newest = dict(known)
    for event in events:
        if isinstance(told := event.data, CustomerKnown):
            one = _belonging(told, (event.sequence, event.number))
            if newest.get(one.identity, one).version <= one.version:
                newest[one.identity] = one
    return newest


def _belonging(told: CustomerKnown, version: Version) -> Belonging:
    return Belonging(
        identity=told.identity,
        customer=told.customer,
        segment=told.segment,
        account_manager=told.account_manager,
        language=told.language,
        version=version,
    )
