"""What the profile service is told by its environment, beyond what every service is told."""

from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import NoDecode

from services.profile.domain.policy import Policy
from services.profile.policy_file import read_policy
from shared.settings import Settings


class ProfileSettings(Settings):
    """default_region: ISO 3166 country of phone numbers that are asked for without a country code, as for ingest.

    profile_policy: in HUB_PROFILE_POLICY stands the path of a YAML file with it.
    """

    default_region: str | None = Field(None, pattern=r"^[A-Z]{2}$")
    profile_policy: Annotated[Policy, NoDecode, BeforeValidator(read_policy)] = Field(default_factory=Policy)

    @field_validator("default_region", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None
