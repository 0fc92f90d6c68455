"""What ingest consumes, in flow order.

hub.tickets.v1       what customers who wait are told → hub.outbound.v1, and what callers hear next
hub.outbound.v1      agents' replies → the outbox, from where the process that has the visitor delivers them,
                     and hub.interactions.v1, so that the log tells them like every other message
hub.dead-letters.v1  → the view behind GET /v1/dead-letters
"""

from collections.abc import Sequence

from services.ingest.store import Letters, Outbox, Reply
from services.ingest.tellings import Tellings, Told, told_of
from shared import dead_letters
from shared.consuming import Intake, Record, Rejected
from shared.contracts.codec import interactions
from shared.contracts.interactions import MessageSent, SealedInteraction
from shared.dead_letters import DeadLetter
from shared.publishing import Outgoing, Publisher
from shared.topics import DEAD_LETTERS, INTERACTIONS, OUTBOUND, TICKETS


def waits(namespace: str, tellings: Tellings) -> Intake[Told | None]:
    """Tells customers in chats and on the phone how long they will wait. What is written has an event id that follows
    from the ticket's.
    """
    return Intake(
        topic=TICKETS.within(namespace),
        group=f"{namespace}.ingest.waits",
        decode=told_of,
        take=tellings.take,
    )


def outbound(namespace: str, outbox: Outbox, publisher: Publisher) -> Intake[SealedInteraction]:
    """Takes replies. Both writes are harmless to repeat, since the reply's event id stays the same."""

    async def on_replies(records: list[Record[SealedInteraction]]) -> Sequence[Rejected[SealedInteraction]]:
        sent = [record.event for record in records if isinstance(record.event, MessageSent)]
        await outbox.keep(_reply(event) for event in sent if event.data.channel == "chat")
        await publisher.publish(
            INTERACTIONS, [Outgoing(event.partitionkey, interactions.encode(event)) for event in sent]
        )
        others = (record for record in records if not isinstance(record.event, MessageSent))
        return [Rejected(record, f"{record.event.type} is nothing that a channel could send") for record in others]

    return Intake(
        topic=OUTBOUND.within(namespace),
        group=f"{namespace}.ingest.outbound",
        decode=interactions.decode_all,
        take=on_replies,
    )


def letters(namespace: str, view: Letters) -> Intake[DeadLetter]:
    """Keeps the view of dead letters."""

    async def on_letters(records: list[Record[DeadLetter]]) -> Sequence[Rejected[DeadLetter]]:
        await view.keep(record.event for record in records)
        return ()

    return Intake(
        topic=DEAD_LETTERS.within(namespace),
        group=f"{namespace}.ingest.dead-letters",
        decode=dead_letters.codec.decode_all,
        take=on_letters,
    )


def _reply(event: MessageSent[str]) -> Reply:
    return Reply(
        id=event.id,
        conversation=event.data.conversation,
        identity=event.data.identity,
        at=event.time,
        content=event.data.content,
        automatic=event.data.automatic,
    )
