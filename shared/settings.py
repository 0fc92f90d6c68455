"""What every service is told by its environment (HUB_…). A wrong value stops the program at start, with a sentence."""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.contracts.codec import explain

S = TypeVar("S", bound="Settings")


class WrongSettings(Exception):
    """The environment does not make a working configuration. The message says which variable and why."""

    def __init__(self, error: ValidationError) -> None:
        variable, _, reason = explain(error).partition(": ")
        super().__init__(f"HUB_{variable.upper()} is not usable: {reason}. Set it and start again.")


class Settings(BaseSettings):
    """The settings that all services share; a service adds its own in its settings.py."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True, extra="ignore")

    namespace: str = Field("hub", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    kafka_bootstrap: str = Field(min_length=3)
    mongo_url: str = Field(pattern=r"^mongodb(\+srv)?://")
    http_host: str = "127.0.0.1"
    http_port: int = Field(ge=1, le=65535)
    secrets_dir: Path
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def read_settings(kind: type[S]) -> S:
    """The settings from the environment; WrongSettings says what is wrong with the first bad one."""
    try:
        return kind()  # pydantic-settings fills the fields from the environment
    except ValidationError as error:
        raise WrongSettings(error) from error
