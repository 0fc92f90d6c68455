"""Email: a raw mail → one draft. Pure; `services.ingest.channels.smtp` receives.

A mail is never too broken to be taken: what cannot be read is left out, and the original is kept beside the event.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from services.ingest.channels.html_text import as_text, harmless
from services.ingest.channels.mail_parts import Body, body, header, mailboxes, message_ids, sent_at
from services.ingest.channels.quotes import split_quote
from services.ingest.domain.draft import RESERVED, Draft
from services.ingest.domain.moments import time_of_arrival
from services.ingest.identities import Identities, WrongIdentity
from shared.contracts.content import MessageContent
from shared.contracts.interactions import Message
from shared.mails import Mail, parse

SOURCE = f"{RESERVED}channels/email"

_TEXT, _HTML, _QUOTED = 200_000, 200_000, 100_000
"""Bytes of JSON that each text may take, so that the sealed record fits into Kafka; the stored original has all."""

_ATTACHMENTS, _RECIPIENTS, _ADDRESS = 50, 50, 320
_AUTOMATIC_PRECEDENCE = {"bulk", "list", "junk", "auto_reply"}
_AUTOMATIC_HEADERS = ("List-Id", "X-Autoreply", "X-Autorespond")
_REPORT = "multipart/report"
"""A bounce, a receipt or a complaint about abuse (RFC 6522)."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A mail as SMTP brought it. sender: of the envelope, `` for a bounce. recipients: at least one."""

    sender: str
    recipients: Sequence[str]
    raw: bytes


def draft_of(posted: Posted, arrived: datetime, identities: Identities) -> Draft:
    """The mail as a draft of message.received. Its own id comes from its Message-ID, or else from all its bytes."""
    mail = parse(posted.raw)
    own_id = message_ids(mail, "Message-ID")[:1]
    digest = hashlib.sha256(posted.raw).hexdigest()
    identity, name = _sender(mail, posted, digest, identities)
    claimed = sent_at(mail)
    reference = own_id[0] if own_id else digest
    replies_to = [*message_ids(mail, "In-Reply-To"), *reversed(message_ids(mail, "References"))]
    return Draft(
        type="hub.message.received.v1",
        source=SOURCE,
        id=_own_id(mail, reference, identity) if own_id else digest,
        time=time_of_arrival(claimed, arrived),
        data=Message(
            channel="email",
            direction="inbound",
            conversation=_digested(_thread(mail, reference)),
            identity=identity,
            address=posted.recipients[0][:200].lower(),
            message=_digested(reference),
            in_reply_to=_digested(replies_to[0]) if replies_to else None,
            automatic=_is_automatic(mail, posted.sender),
            content=_content(mail, name, claimed),
        ),
    )


def _own_id(mail: Mail, message_id: str, identity: str) -> str:
    """Mail programs that give every mail the same Message-ID exist: sender and date must agree too."""
    return _digested(f"{message_id}\n{identity}\n{header(mail, 'Date')}")


def _thread(mail: Mail, own: str) -> str:
    return next(iter([*message_ids(mail, "References"), *message_ids(mail, "In-Reply-To")]), own)


def _digested(reference: str) -> str:
    """Message ids may be of any length; a digest fits everywhere."""
    return hashlib.sha256(reference.encode("utf-8", "replace")).hexdigest()


def _sender(mail: Mail, posted: Posted, digest: str, identities: Identities) -> tuple[str, str | None]:
    """The identity and display name: From, else the envelope's sender, else an identity of this mail alone.

    Mails without any usable sender must not meet under one identity, or strangers would share a timeline.
    """
    for shown, address in [*((box.name, box.address) for box in mailboxes(mail, "From")), ("", posted.sender)]:
        try:
            return identities.normal(f"email:{address.strip()}").identity, shown[:200] or None
        except WrongIdentity:
            continue
    return f"mail:{digest[:32]}", (header(mail, "From") or "")[:200] or None


def _is_automatic(mail: Mail, envelope_sender: str) -> bool:
    """Whether no person wrote it (RFC 3834, 5436 and what programs do in practice): it must not open a ticket."""
    submitted = header(mail, "Auto-Submitted")
    return (
        envelope_sender in ("", "<>")
        or (submitted is not None and submitted.split(";")[0].strip().lower() != "no")
        or mail.get_content_type() == _REPORT
        or (header(mail, "Precedence") or "").lower() in _AUTOMATIC_PRECEDENCE
        or any(header(mail, name) for name in _AUTOMATIC_HEADERS)
    )


def _content(mail: Mail, name: str | None, claimed: datetime | None) -> MessageContent:
    parts = body(mail)
    text, quoted = split_quote(_readable_text(parts))
    html = harmless(_cut(parts.html, 4 * _HTML)) if parts.html.strip() else None
    subject = header(mail, "Subject")
    reply_to = [box.address for box in mailboxes(mail, "Reply-To")][:10]
    return MessageContent(
        name=name,
        original={"reply_to": [address[:_ADDRESS] for address in reply_to]} if reply_to else None,
        subject=subject[:2_000] if subject else None,
        text=_cut(text, _TEXT),
        html=None if html is None or _size(html) > _HTML else html,
        quoted=None if quoted is None else _cut(quoted, _QUOTED),
        sent_at=claimed,
        recipients=_recipients(mail),
        attachments=parts.attachments[:_ATTACHMENTS],
    )


def _readable_text(parts: Body) -> str:
    return parts.plain if parts.plain.strip() or not parts.html.strip() else as_text(_cut(parts.html, 4 * _HTML))


def _recipients(mail: Mail) -> tuple[str, ...]:
    boxes = [*mailboxes(mail, "To"), *mailboxes(mail, "Cc")]
    return tuple(box.address[:_ADDRESS] for box in boxes[:_RECIPIENTS])


def _size(text: str) -> int:
    return len(orjson.dumps(text))


def _cut(text: str, limit: int) -> str:
    """The longest beginning of the text that takes `limit` bytes of JSON or less."""
    if len(text) * 6 <= limit or _size(text) <= limit:
        return text
    kept = text[:limit]
    while (size := _size(kept)) > limit:
        kept = kept[: min(len(kept) - 1, len(kept) * limit // size)]
    return kept
