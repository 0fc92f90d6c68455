"""What callers hear while they wait in a queue of Twilio's, beyond what routing tells them."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Len

from shared.contracts.envelope import STRICT
from shared.contracts.values import Language

_Words = Annotated[str, Len(1, 500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSay:
    """language: in which it is read out, BCP 47. music: the URL of a piece that is played meanwhile; silence without.

    offer: what keys there are, said after what routing tells of the wait; the keys count whenever they are pressed.
    Said to those who press 1: callback, or withheld where nobody could call the number. To those who are sent to
    voicemail or press 2: voicemail, before the tone, and thanks.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    language: Language = "en-US"
    music: Annotated[str, Len(8, 2_000)] | None = None
    offer: Annotated[str, Len(0, 500)] = "Press 1 to be called back, or 2 to leave a message."
    callback: _Words = "We will call you back, and you keep your place. Goodbye."
    withheld: _Words = "You withhold your number, so nobody could call you back. Please hold the line."
    voicemail: _Words = "Please leave a message after the tone, and hang up when you are done."
    thanks: _Words = "Thank you. Goodbye."
