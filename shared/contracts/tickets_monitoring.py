"""Events of hub.tickets.v1 that say who read along with a conversation. They change nothing of the ticket itself.

Their times do not count in the order of the ticket's other events.
"""

from dataclasses import dataclass
from typing import Literal

from shared.contracts.ticketed import Ticketed
from shared.contracts.values import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMonitored(Ticketed):
    """`by` reads along from now on, until TicketMonitoringEnded or until the ticket is closed."""

    event: Literal["ticket.monitored"] = "ticket.monitored"
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMonitoringEnded(Ticketed):
    event: Literal["ticket.monitoring.ended"] = "ticket.monitoring.ended"
    by: Name


MonitoringEvent = TicketMonitored | TicketMonitoringEnded
