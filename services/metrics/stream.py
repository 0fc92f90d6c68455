"""What the metrics service consumes and emits, in flow order.

hub.tickets.v1 ──► contacts and tickets (MongoDB) ─┐
hub.agents.v1  ──► agents by status (MongoDB) ─────┴─► hub.kpis.v1, about once a second while figures change
"""

from services.metrics.application import AgentFigures, TicketFigures
from shared.consuming import Intake
from shared.contracts import codec
from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from shared.topics import AGENTS, TICKETS


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
    """Each agent's events become their status, in their order."""
    return Intake(
        topic=AGENTS.within(namespace),
        group=f"{namespace}.metrics.statuses",
        decode=codec.agents.decode_all,
        take=figures.take,
        on_revoked=figures.release,
    )
