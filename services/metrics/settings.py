"""What the metrics service is told by its environment."""

from shared.settings import Settings


class MetricsSettings(Settings):
    """The settings that all services share; metrics has none of its own."""
