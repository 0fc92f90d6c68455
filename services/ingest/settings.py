"""What ingest is told by its environment, beyond what every service is told."""

from pydantic import Field, SecretStr, field_validator

from services.ingest.channels.twilio_say import TwilioSay
from shared.settings import Settings


class IngestSettings(Settings):
    """HUB_SMTP_HOST, HUB_SMTP_PORT: where mail is taken. The others have defaults or turn a channel off when unset.

    public_url: how the outside reaches the HTTP port; Twilio signs it. default_region: ISO 3166 country of phone
    numbers that come without a country code; unset, such numbers are refused rather than guessed. twilio_say: what
    callers who wait hear, as JSON.
    """

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(ge=1, le=65535)
    mail_size_limit: int = Field(10 * 1024 * 1024, ge=64 * 1024, le=10 * 1024 * 1024)
    public_url: str | None = Field(None, pattern=r"^https?://[^/?#]+$")
    twilio_auth_token: SecretStr | None = None
    twilio_say: TwilioSay = TwilioSay()
    twilio_queue: str = Field("hub", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    default_region: str | None = Field(None, pattern=r"^[A-Z]{2}$")
    chat_grace_seconds: float = Field(10.0, ge=0.1, le=3600)
    chat_text_limit: int = Field(8_000, ge=1, le=100_000)
    chat_messages_a_minute: int = Field(60, ge=1, le=10_000)

    @field_validator("public_url", "twilio_auth_token", "default_region", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None

    @property
    def reached_at(self) -> str:
        """The public URL, without a slash at its end."""
        return self.public_url or f"http://127.0.0.1:{self.http_port}"
