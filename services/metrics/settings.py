"""What the metrics service is told by its environment."""

from pydantic import Field

from shared.settings import Settings


class MetricsSettings(Settings):
    """The settings that all services share, and where people reach this one."""

    metrics_url: str | None = Field(None, pattern=r"^https?://[^/]+(/.*)?$")

    @property
    def origin(self) -> str:
        """What links to alerts begin with: HUB_METRICS_URL, or the address that the HTTP port listens on."""
        return (self.metrics_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")
