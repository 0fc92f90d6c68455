"""What the routing service consumes and emits, in flow order.

hub.customers.v1 ──► customers (MongoDB)
                            ▼
hub.interactions.v1 ──► hub.routing-commands.v1 ──► decisions (MongoDB) ─┬─► tickets, agents, … (MongoDB)
                                   ▲                                     ├─► hub.tickets.v1
                            the HTTP API                                 └─► hub.agents.v1
"""

from services.routing.application import RoutingIntake
from services.routing.commands import RoutingCommand, codec
from services.routing.customers import Customers
from services.routing.ownership import OwnedPools
from shared.consuming import Intake
from shared.contracts.codec import customers as customers_codec
from shared.contracts.codec import interactions
from shared.contracts.customers import CustomerEvent
from shared.contracts.decided import Decided
from shared.contracts.interactions import SealedInteraction
from shared.topics import CUSTOMERS, INTERACTIONS, ROUTING_COMMANDS


def on_customers(namespace: str, customers: Customers) -> Intake[Decided[CustomerEvent]]:
    """Whom each identity belongs to, and what is known of that customer. The order does not matter."""
    return Intake(
        topic=CUSTOMERS.within(namespace),
        group=f"{namespace}.routing.customers",
        decode=customers_codec.decode_all,
        take=customers.take,
    )


def on_interactions(namespace: str, intake: RoutingIntake) -> Intake[SealedInteraction]:
    """What customers ask for and when they leave becomes commands; a conversation's in the order they came."""
    return Intake(
        topic=INTERACTIONS.within(namespace),
        group=f"{namespace}.routing.intake",
        decode=interactions.decode_all,
        take=intake.take,
        on_assigned=intake.on_assigned,
        on_revoked=intake.on_revoked,
    )


def on_commands(namespace: str, pools: OwnedPools) -> Intake[RoutingCommand]:
    """Each pool's commands are decided in order, by the one process that has the pool's partition."""
    return Intake(
        topic=ROUTING_COMMANDS.within(namespace),
        group=f"{namespace}.routing.decisions",
        decode=codec.decode_all,
        take=pools.take,
        on_assigned=pools.on_assigned,
        on_revoked=pools.on_revoked,
    )
