"""What routing tells customers who wait goes to them like an agent's reply, but as a message that no person wrote."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from services.ingest.chats import ChatConversations, ChatEnded, NoChat
from shared.consuming import Record, Rejected
from shared.contracts.codec import DecodeError, tickets
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from shared.contracts.tickets_relief import TicketWaitTold

TOO_LATE = timedelta(minutes=1)
"""What could not be sent for so long is not true any more."""

_MARK = f'"{TicketWaitTold.__dataclass_fields__["event"].default}"'.encode()

Told = Decided[TicketEvent]


def told_of(values: Sequence[bytes]) -> list[Told | DecodeError | None]:
    """The events of hub.tickets.v1 by which somebody is told something; the others are not looked at."""
    mentioned = [number for number, value in enumerate(values) if _MARK in value]
    found: list[Told | DecodeError | None] = [None] * len(values)
    for number, event in zip(mentioned, tickets.decode_all([values[number] for number in mentioned]), strict=True):
        found[number] = event
    return found


class Tellings:
    """Tells visitors of chats. Other channels' customers are told by whoever serves them, from the same events."""

    def __init__(self, conversations: ChatConversations, now: Callable[[], datetime]) -> None:
        self._conversations = conversations
        self._now = now

    async def take(self, records: list[Record[Told | None]]) -> Sequence[Rejected[Told | None]]:
        """Publishes the messages durably; again, with the same ids. Nobody is told who has left or was erased."""
        for record in records:
            match record.event:
                case Decided(data=TicketWaitTold() as told) if told.channel == "chat":
                    if self._now() - told.at <= TOO_LATE:
                        with suppress(NoChat, ChatEnded):
                            await self._conversations.tell(told.conversation, record.event.id, told.text, told.at)
        return ()
