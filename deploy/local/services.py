"""Which services a local hub runs, each as its own process, and what each is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.settings import SMTP, LocalSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service's name, the module that runs it, and its ports as offsets from HUB_PORT_BASE by setting."""

    name: str
    module: str
    ports: dict[str, int]

    def http(self, settings: LocalSettings) -> str:
        return f"http://{settings.host_of(self.name)}:{settings.port_base + self.ports['HUB_HTTP_PORT']}"

    def taken_ports(self, settings: LocalSettings) -> dict[int, str]:
        return {settings.port_base + offset: self.name for offset in self.ports.values()}

    def environment(self, settings: LocalSettings) -> dict[str, str]:
        return {
            "HUB_NAMESPACE": settings.namespace,
            "HUB_KAFKA_BOOTSTRAP": settings.bootstrap,
            "HUB_MONGO_URL": settings.mongo,
            "HUB_SECRETS_DIR": str(settings.secrets_dir),
            "HUB_LOG_FORMAT": settings.log_format,
            **{setting: str(settings.port_base + offset) for setting, offset in self.ports.items()},
        }

    def log(self, settings: LocalSettings) -> Path:
        return settings.data / "logs" / f"{self.name}.log"


SERVICES: Sequence[Service] = (
    Service(name="ingest", module="services.ingest.main", ports={"HUB_HTTP_PORT": 1, "HUB_SMTP_PORT": SMTP}),
    Service(name="profile", module="services.profile.main", ports={"HUB_HTTP_PORT": 2}),
    Service(name="routing", module="services.routing.main", ports={"HUB_HTTP_PORT": 3}),
    Service(name="metrics", module="services.metrics.main", ports={"HUB_HTTP_PORT": 4}),
)


def service(name: str) -> Service:
    """The service of that name; KeyError if there is none."""
    return {one.name: one for one in SERVICES}[name]
