"""What a local hub is told by its environment, and which ports follow from it."""

from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.errors import WrongSetting
from deploy.local.ports import LOCALHOST

MONGO_REPLICA_SET = "hub"

# Offsets from HUB_PORT_BASE. Kafka's controller is never spoken to from outside, but needs a port all the same.
MONGO, SMTP, KAFKA, KAFKA_CONTROLLER = 17, 25, 92, 93
_HIGHEST_BASE = 65535 - KAFKA_CONTROLLER


class LocalSettings(BaseSettings):
    """HUB_DATA, HUB_PORT_BASE, HUB_NAMESPACE, HUB_KAFKA_BOOTSTRAP, HUB_MONGO_URL, HUB_LOG_FORMAT.

    HUB_SERVICE_HOST is where the services answer, in which {service} stands for a service's name: in containers each
    has a host of its own. An empty variable counts as not set.
    """

    model_config = SettingsConfigDict(env_prefix="HUB_", env_ignore_empty=True, frozen=True, extra="ignore")

    data: Path = Path(".hub")
    port_base: int = Field(8000, ge=1024, le=_HIGHEST_BASE)
    namespace: str = Field("hub", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    kafka_bootstrap: str | None = Field(None, pattern=r"^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$")
    mongo_url: str | None = Field(None, pattern=r"^mongodb(\+srv)?://")
    log_format: str = Field("json", pattern=r"^(json|console)$")
    service_host: str = LOCALHOST

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def secrets_dir(self) -> Path:
        return self.data / "secrets"

    def host_of(self, service: str) -> str:
        """Return the host on which that service answers."""
        return self.service_host.replace("{service}", service)

    @property
    def bootstrap(self) -> str:
        """The Kafka to use: the given one, or the embedded one's address."""
        return self.kafka_bootstrap or f"{LOCALHOST}:{self.port_base + KAFKA}"

    @property
    def mongo(self) -> str:
        """The MongoDB to use: the given one, or the embedded one's address."""
        return self.mongo_url or f"mongodb://{LOCALHOST}:{self.port_base + MONGO}/?replicaSet={MONGO_REPLICA_SET}"


def local_settings() -> LocalSettings:
    """Read the environment. Raise WrongSetting with a sentence about the first value that cannot work."""
    try:
        return LocalSettings()
    except ValidationError as error:
        first = error.errors()[0]
        variable = f"HUB_{first['loc'][0]}".upper()
        raise WrongSetting(
            f"{variable}={first['input']} does not work: {_SAYS.get(variable, first['msg'])}."
        ) from error


_SAYS = {
    "HUB_PORT_BASE": f"give a number from 1024 to {_HIGHEST_BASE}, such as 8000",
    "HUB_NAMESPACE": "begin with a small letter, then up to 30 small letters, digits or hyphens",
    "HUB_KAFKA_BOOTSTRAP": "give host:port, several separated by commas",
    "HUB_MONGO_URL": "give an address that begins with mongodb:// or mongodb+srv://",
    "HUB_LOG_FORMAT": "give json or console",
}
