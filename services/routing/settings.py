"""Routing's own settings: none beyond those that all services share."""

from shared.settings import Settings


class RoutingSettings(Settings):
    """HUB_… variables that the routing service reads."""
