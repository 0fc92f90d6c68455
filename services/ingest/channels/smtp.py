"""Receiving mail: a real SMTP server that says 250 only once Kafka has the event and MongoDB the original.

A fault of the way down is answered with 451, which every mail server takes as: keep it, try again later.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from aiokafka.errors import KafkaError
from aiosmtpd.smtp import SMTP, Envelope, Session
from pymongo.errors import PyMongoError

from services.ingest.application import Acceptance
from services.ingest.channels.email import Posted, draft_of
from services.ingest.identities import Identities
from services.ingest.plain import checked
from shared.originals import Originals
from shared.publishing import NotPublished
from shared.sealing import seal
from shared.topics import INTERACTIONS
from shared.tracing import span

log = structlog.get_logger()

_LATER = "451 4.3.0 The hub cannot store mail just now; nothing was taken. Try again later"
_IDLE_SECONDS = 120.0


class MailDrop:
    """What aiosmtpd calls for each mail."""

    def __init__(
        self,
        acceptance: Acceptance,
        originals: Originals,
        identities: Identities,
        now: Callable[[], datetime],
    ) -> None:
        self._acceptance = acceptance
        self._originals = originals
        self._identities = identities
        self._now = now

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 (aiosmtpd's protocol)
        """Takes the mail. The answer is the SMTP reply."""
        posted = Posted(envelope.mail_from or "", envelope.rcpt_tos, _bytes(envelope.content))
        try:
            with span("ingest SMTP"):
                event = await self._take(posted)
        except (NotPublished, PyMongoError, KafkaError) as error:
            log.warning("mail_put_off", reason=f"{type(error).__name__}: {error}"[:300])
            return _LATER
        return f"250 2.0.0 Taken as {event}"

    async def handle_exception(self, error: Exception) -> str:
        """The reply when the hub itself fails: the mail stays with its sender, and the log says why."""
        log.error("mail_failed", exc_info=error)
        return _LATER

    async def _take(self, posted: Posted) -> str:
        # Parsing ten megabytes takes a while; in a thread the event loop goes on.
        draft = await asyncio.to_thread(draft_of, posted, self._now(), self._identities)
        (ready,) = await self._acceptance.prepare([checked(draft)])
        sealed = seal(ready.cipher, ready.event, posted.raw)
        await self._originals.keep(ready.event, ready.conversation, ready.identity, sealed)
        await self._acceptance.publish(INTERACTIONS, [ready])
        return ready.event


class _Server(SMTP):
    line_length_limit = 1024 * 1024
    """Bytes of a line. The standard's 998 is broken by programs that put a whole paragraph or picture in one."""


@asynccontextmanager
async def serve(drop: MailDrop, host: str, port: int, size_limit: int) -> AsyncIterator[None]:
    """An SMTP server while the context is open; OSError if the port is taken."""
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return _Server(
            drop,
            data_size_limit=size_limit,
            enable_SMTPUTF8=True,
            hostname="interaction-hub",
            ident="Interaction Hub",
            timeout=_IDLE_SECONDS,
            loop=loop,
        )

    try:
        server = await loop.create_server(connection, host, port)
    except OSError as error:
        raise OSError(
            f"Mail cannot be taken on {host}:{port} ({error.strerror}). Set HUB_SMTP_PORT to a free one."
        ) from error
    try:
        yield
    finally:
        server.close()


def _bytes(content: str | bytes | None) -> bytes:
    return content if isinstance(content, bytes) else (content or "").encode("utf-8", "surrogateescape")
