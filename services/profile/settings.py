"""What the profile service is told by its environment, beyond what every service is told."""

from pydantic import Field, field_validator

from shared.settings import Settings


class ProfileSettings(Settings):
    """default_region: ISO 3166 country of phone numbers that are asked for without a country code, as for ingest."""

    default_region: str | None = Field(None, pattern=r"^[A-Z]{2}$")

    @field_validator("default_region", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None
