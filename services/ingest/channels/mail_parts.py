"""What a mail is made of: headers, texts and attachments, read so leniently that no mail is too broken to be taken.

The standard library parses with its compat32 policy: the modern one raises on some malformed headers and loses others.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime

from shared.contracts.content import Attachment
from shared.mails import FAULTS, Mail, bytes_of, leaves

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_ENCODED_WORDS_APART = re.compile(r"(\?=)\s+(=\?)")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with its display name (empty if it has none)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Body:
    """A mail's texts, decoded, with \\n between lines, and its attachments."""

    plain: str
    html: str
    attachments: tuple[Attachment, ...]


def header(mail: Mail, name: str) -> str | None:
    """The first header of that name, decoded and on one line; None if there is none or it says nothing."""
    return next((value for raw in _raw(mail, name) if (value := _decoded(raw))), None)


def mailboxes(mail: Mail, name: str) -> list[Mailbox]:
    """The addresses in all headers of that name. They are split before they are decoded, as RFC 2047 asks."""
    try:
        pairs = getaddresses(_raw(mail, name))
    except FAULTS:
        return []
    return [Mailbox(_decoded(shown), _decoded(address)) for shown, address in pairs if address]


def message_ids(mail: Mail, name: str) -> list[str]:
    """The message ids in a header such as References, with their angle brackets, in order."""
    return [found for raw in _raw(mail, name) for found in _MESSAGE_ID.findall(raw)]


def sent_at(mail: Mail) -> datetime | None:
    """When the Date header says it was sent, in UTC, if it can be read at all; no offset counts as UTC."""
    try:
        moment = parsedate_to_datetime(header(mail, "Date") or "")
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except FAULTS:
        return None


def body(mail: Mail) -> Body:
    """The texts that are no attachments, those of a kind put together, and the attachments."""
    plain: list[str] = []
    html: list[str] = []
    attachments: list[Attachment] = []
    for number, part in enumerate(leaves(mail)):
        texts = {"text/plain": plain, "text/html": html}.get(part.get_content_type())
        if texts is not None and not _is_attached(part):
            texts.append(_text(part))
        else:
            attachments.append(_attachment(number, part))
    return Body("\n".join(plain), "\n".join(html), tuple(attachments))


def _raw(mail: Mail, name: str) -> list[str]:
    """The headers of that name, unfolded; raw 8-bit ones are read as UTF-8, or else as Latin-1."""
    values = (str(value) for key, value in mail.raw_items() if key.lower() == name.lower())
    return [_CONTROLS.sub(" ", _readable(value.encode("utf-8", "surrogateescape"), "utf-8")) for value in values]


def _decoded(value: str) -> str:
    """The header value with its encoded words read."""
    try:
        pieces = decode_header(_ENCODED_WORDS_APART.sub(r"\1\2", value))
    except FAULTS:
        return value.strip()
    text = "".join(piece if isinstance(piece, str) else _readable(piece, charset) for piece, charset in pieces)
    return _CONTROLS.sub(" ", text).strip()


def _readable(data: bytes, charset: str | None) -> str:
    """The bytes as text: in their charset, else in UTF-8, else in Windows-1252 with what it lacks replaced."""
    for attempt in (charset or "utf-8", "utf-8"):
        try:
            text = data.decode(attempt)
        except (LookupError, ValueError):
            continue
        return text.encode("utf-8", "replace").decode()  # some charsets decode to lone surrogates
    return data.decode("cp1252", "replace")


def _is_attached(part: Mail) -> bool:
    return part.get_content_disposition() == "attachment" or _file_name(part) is not None


def _file_name(part: Mail) -> str | None:
    try:
        return _decoded(_CONTROLS.sub(" ", part.get_filename() or "")) or None
    except FAULTS:
        return None


def _text(part: Mail) -> str:
    try:
        charset = part.get_content_charset()
    except FAULTS:
        charset = None
    return _readable(bytes_of(part), charset).replace("\r\n", "\n").rstrip("\n")


def _attachment(number: int, part: Mail) -> Attachment:
    data = bytes_of(part)
    return Attachment(
        part=number,
        name=(_file_name(part) or f"part-{number}")[:200],
        type=part.get_content_type()[:200],
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
