"""What routing tells customers who wait.

Visitors of chats get it like an agent's reply, but as a message that no person wrote; callers hear it when their
telephone system asks what to say next, and are sent to voicemail in the same way.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from services.ingest.chats import ChatConversations, ChatEnded, NoChat
from services.ingest.waiting_calls import WaitingCalls
from shared.consuming import Record, Rejected
from shared.contracts.codec import DecodeError, tickets
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent, TicketOverflowed
from shared.contracts.tickets_relief import TicketWaitTold

TOO_LATE = timedelta(minutes=1)
"""What could not be sent for so long is not true any more."""

_MARKS = tuple(
    f'"{kind.__dataclass_fields__["event"].default}"'.encode() for kind in (TicketWaitTold, TicketOverflowed)
)

Told = Decided[TicketEvent]


def told_of(values: Sequence[bytes]) -> list[Told | DecodeError | None]:
    """The events of hub.tickets.v1 by which somebody is told something; the others are not looked at."""
    mentioned = [number for number, value in enumerate(values) if any(mark in value for mark in _MARKS)]
    found: list[Told | DecodeError | None] = [None] * len(values)
    for number, event in zip(mentioned, tickets.decode_all([values[number] for number in mentioned]), strict=True):
        found[number] = event
    return found


class Tellings:
    """Tells visitors of chats, and callers. Others are told by whoever serves their channel, from the same events."""

    def __init__(self, conversations: ChatConversations, calls: WaitingCalls, now: Callable[[], datetime]) -> None:
        self._conversations = conversations
        self._calls = calls
        self._now = now

    async def take(self, records: list[Record[Told | None]]) -> Sequence[Rejected[Told | None]]:
        """Publishes the messages durably; again, with the same ids. Nobody is told who has left or was erased."""
        for record in records:
            match record.event:
                case Decided(data=TicketWaitTold() as told) if told.channel == "chat":
                    if self._now() - told.at <= TOO_LATE:
                        with suppress(NoChat, ChatEnded):
                            await self._conversations.tell(told.conversation, record.event.id, told.text, told.at)
                case Decided(data=TicketWaitTold() as told) if told.channel == "phone":
                    await self._calls.tell(told.conversation, told.text, told.at)
                case Decided(data=TicketOverflowed(conversation=str(call), voicemail_until=datetime() as until, at=at)):
                    await self._calls.send_to_voicemail(call, at, until)
        return ()
