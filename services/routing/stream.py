"""What the routing service consumes and emits, in flow order.

hub.interactions.v1 ──► hub.routing-commands.v1 ──► decisions (MongoDB) ─┬─► tickets, agents, … (MongoDB)
                                   ▲                                     ├─► hub.tickets.v1
                            the HTTP API                                 └─► hub.agents.v1
"""

from services.routing.application import RoutingIntake
from services.routing.commands import RoutingCommand, codec
from services.routing.ownership import OwnedPools
from shared.consuming import Intake
from shared.contracts.codec import interactions
from shared.contracts.interactions import SealedInteraction
from shared.topics import INTERACTIONS, ROUTING_COMMANDS


def on_interactions(namespace: str, intake: RoutingIntake) -> Intake[SealedInteraction]:
    """What customers ask for and when they leave becomes commands; a conversation's in the order they came."""
    return Intake(
        topic=INTERACTIONS.within(namespace),
        group=f"{namespace}.routing.intake",
        decode=interactions.decode_all,
        take=intake.take,
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
