"""A mail's parts by number: ingest describes the attachments by them, and profile finds their bytes again.

The standard library parses with its compat32 policy: the modern one raises on some malformed headers and loses others.
"""

from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser

Mail = Message

FAULTS = (AttributeError, IndexError, LookupError, MessageError, OverflowError, TypeError, ValueError)
"""What the standard library is known to raise on malformed parts."""


def parse(raw: bytes) -> Mail:
    """The mail. One that nests its parts too deep for the parser is taken as headers and one part."""
    try:
        return message_from_bytes(raw)
    except RecursionError:
        return BytesHeaderParser().parsebytes(raw)


def leaves(mail: Mail) -> Iterator[Mail]:
    """The parts that have no parts, in their order; a forwarded message counts as one."""
    waiting: list[Mail] = [mail]
    while waiting:
        part = waiting.pop()
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting.extend(reversed(_parts(part)))
        else:
            yield part


def _parts(part: Mail) -> list[Mail]:
    parts = part.get_payload()
    return [inner for inner in parts if isinstance(inner, Message)] if isinstance(parts, list) else []


def bytes_of(part: Mail) -> bytes:
    """The part's content without its transfer encoding; of a forwarded message all of it."""
    try:
        if part.is_multipart():
            return b"".join(bytes(inner) for inner in _parts(part))
        content = part.get_payload(decode=True)
    except FAULTS:
        return b""
    return content if isinstance(content, bytes) else b""
