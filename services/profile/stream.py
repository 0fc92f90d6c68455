"""What the profile service consumes and emits, in flow order.

hub.interactions.v1 ─┬─► timeline, identities (MongoDB)
                     ├─► words (MongoDB), giving way to the timeline
                     └─► hub.customer-commands.v1 ──► decisions ─┬─► customers (MongoDB)
                                                                 └─► hub.customers.v1
hub.tickets.v1 ────────► timeline, tickets (MongoDB)
hub.agents.v1 ─────────► agents (MongoDB)
"""

from services.profile.agents import AgentProjection
from services.profile.application import TimelineProjection
from services.profile.asking import commands
from services.profile.decisions import IdentityDecisions
from services.profile.domain.commands import CustomerCommand
from services.profile.indexing import Readable, WordIndex, readable
from services.profile.tickets import TicketProjection
from shared.consuming import Intake
from shared.contracts.agents import AgentEvent
from shared.contracts.codec import agents, interactions, tickets
from shared.contracts.decided import Decided
from shared.contracts.interactions import SealedInteraction
from shared.contracts.tickets import TicketEvent
from shared.topics import AGENTS, CUSTOMER_COMMANDS, INTERACTIONS, TICKETS


def on_interactions(namespace: str, projection: TimelineProjection) -> Intake[SealedInteraction]:
    """Each interaction becomes an entry of the timeline; identifications become claims. The order does not matter."""
    return Intake(
        topic=INTERACTIONS.within(namespace),
        group=f"{namespace}.profile.timeline",
        decode=interactions.decode_all,
        take=projection.take,
        depth=3,
        max_records=2_000,
    )


def on_what_is_said(namespace: str, index: WordIndex) -> Intake[Readable]:
    """The words of each message, for searching. A small batch at a time, so that the timeline never waits long."""
    return Intake(
        topic=INTERACTIONS.within(namespace),
        group=f"{namespace}.profile.search",
        decode=readable,
        take=index.take,
        max_records=200,
    )


def on_commands(namespace: str, decisions: IdentityDecisions) -> Intake[CustomerCommand]:
    """Claims are decided in their order, by the one process that has the topic's only partition."""
    return Intake(
        topic=CUSTOMER_COMMANDS.within(namespace),
        group=f"{namespace}.profile.identities",
        decode=commands.decode_all,
        take=decisions.take,
        on_assigned=decisions.on_assigned,
        on_revoked=decisions.on_revoked,
    )


def on_tickets(namespace: str, projection: TicketProjection) -> Intake[Decided[TicketEvent]]:
    """Each ticket's events become entries of the timeline, and the ticket what they come to."""
    return Intake(
        topic=TICKETS.within(namespace),
        group=f"{namespace}.profile.tickets",
        decode=tickets.decode_all,
        take=projection.take,
    )


def on_agents(namespace: str, projection: AgentProjection) -> Intake[Decided[AgentEvent]]:
    """Who signs in to which pool, for those who may see their own pool's customers only."""
    return Intake(
        topic=AGENTS.within(namespace),
        group=f"{namespace}.profile.agents",
        decode=agents.decode_all,
        take=projection.take,
    )
