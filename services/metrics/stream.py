"""What the metrics service consumes and emits, in flow order.

hub.tickets.v1      ──► contacts and tickets (MongoDB) ───┐
hub.agents.v1       ──► presences of agents (MongoDB) ────┼─► hub.kpis.v1, about once a second while figures change
hub.interactions.v1 ──► counts by second, answers (MongoDB) ┘
"""

from services.metrics.agents import AgentFigures
from services.metrics.application import TicketFigures
from services.metrics.interactions import InteractionFigures
from shared.consuming import Intake
from shared.contracts import codec
from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided
from shared.contracts.interactions import SealedInteraction
from shared.contracts.tickets import TicketEvent
from shared.topics import AGENTS, INTERACTIONS, TICKETS


def on_tickets(namespace: str, figures: TicketFigures) -> Intake[Decided[TicketEvent]]:
    """Each ticket's events become contacts and figures, in their order."""
    return Intake(
        topic=TICKETS.within(namespace),
        group=f"{namespace}.metrics.figures",
        decode=codec.tickets.decode_all,
        take=figures.take,
        on_revoked=figures.release,
    )


def on_agents(namespace: str, figures: AgentFigures) -> Intake[Decided[AgentEvent]]:
    """Each agent's events become presences, in their order."""
    return Intake(
        topic=AGENTS.within(namespace),
        group=f"{namespace}.metrics.presences",
        decode=codec.agents.decode_all,
        take=figures.take,
        on_revoked=figures.release,
    )


def on_interactions(namespace: str, figures: InteractionFigures) -> Intake[SealedInteraction]:
    """Each interaction is counted in the second in which it happened; answers to surveys are kept one by one."""
    return Intake(
        topic=INTERACTIONS.within(namespace),
        group=f"{namespace}.metrics.volumes",
        decode=codec.interactions.decode_all,
        take=figures.take,
        max_records=2_000,
        on_revoked=figures.release,
    )
