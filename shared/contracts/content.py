"""What is personal in an interaction. The log keeps it sealed; only the timeline shows it.

`identity` is not declared here: sealing adds the plain address to the content, because the log holds only its hash.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Len

from shared.contracts.envelope import STRICT
from shared.contracts.values import LongText, Name, Time

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a message. size in bytes, sha256 in hex; the bytes stay in the stored original."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    part: Annotated[int, Ge(0)]
    name: Name
    type: Name
    size: Annotated[int, Ge(0)]
    sha256: Annotated[str, Len(64, 64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What any interaction may tell of a person. original: the provider's own payload, as it came."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: Name | None = None
    original: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContent(Content):
    """A message as a person reads it. quoted: the part of a mail's text that repeats earlier mails."""

    subject: Annotated[str, Len(0, 2_000)] | None = None
    text: LongText = ""
    html: LongText | None = None
    quoted: LongText | None = None
    sent_at: Time | None = None
    recipients: tuple[Annotated[str, Len(1, 400)], ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContent(Content):
    """What is personal about a call: where it came from, what was chosen or recorded."""

    city: Name | None = None
    country: Annotated[str, Len(2, 2)] | None = None
    text: LongText | None = None
    recording: Annotated[str, Len(1, 2_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContent(Content):
    """A page that was looked at, or a public post."""

    url: Annotated[str, Len(1, 4_000)] | None = None
    title: Annotated[str, Len(0, 2_000)] | None = None
    text: LongText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactContent(Content):
    """What became known of a person with an identification."""

    attributes: dict[Name, Annotated[str, Len(0, 2_000)]] = field(default_factory=dict)
