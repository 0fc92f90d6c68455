"""Interactions as metrics reads them: facts in the clear, and content that nobody needs to open."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any, get_args

from shared.contracts.codec import interactions
from shared.contracts.content import Json
from shared.contracts.interactions import (
    Custom,
    Message,
    MessageReceived,
    MessageSent,
    Occurrence,
    Rating,
    SealedInteraction,
)
from shared.contracts.values import Direction
from shared.publishing import Outgoing
from shared.ratings import SURVEY
from tests.sealed_events import conversation_id, envelope

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
_SEALED = "bm9uY2Utbm9uY2VjaXBoZXJ0ZXh0"
_IDENTITY = "5f8a1c2b3d4e5f60718293a4b5c6d7e8"


def interaction(
    own_id: str,
    at: datetime,
    *,
    channel: str = "chat",
    direction: Direction = "inbound",
    automatic: bool = False,
    conversation: str = "first",
) -> SealedInteraction:
    """A message, with the id of its source."""
    event: Any = MessageReceived if direction == "inbound" else MessageSent
    conversation = conversation_id(conversation)
    kind = event.__dataclass_fields__["type"].default
    said: SealedInteraction = event(
        **envelope(own_id, kind, conversation, at, None),
        data=Message(
            **_facts(channel, direction, conversation), message=f"m-{own_id}", automatic=automatic, content=_SEALED
        ),
    )
    return said


def answered(
    own_id: str,
    at: datetime,
    *,
    score: float,
    best: float = 5.0,
    channel: str = "web",
    conversation: str = "first",
    about: Mapping[str, Any] | None = None,
) -> Custom[str]:
    """An answer to a survey. about: queue, agent, ticket."""
    conversation = conversation_id(conversation)
    return Custom(
        **envelope(own_id, SURVEY, conversation, at, None),
        data=Occurrence(
            **_facts(channel, "inbound", conversation),
            content=_SEALED,
            rating=Rating(score=score, best=best),
            **dict(about or {}),
        ),
    )


def _facts(channel: str, direction: Direction, conversation: str) -> Json:
    return {"channel": channel, "direction": direction, "conversation": conversation, "identity": _IDENTITY}


def some(random: Random, count: int, moments: Sequence[datetime]) -> list[SealedInteraction]:
    """Interactions and answers at some of these moments. Some events come again, with another time."""
    return [
        _one(number if random.random() < 0.8 else random.randrange(number + 1), random.choice(moments))
        for number in range(count)
    ]


def _one(number: int, at: datetime) -> SealedInteraction:
    own = Random(number)  # so that an event that comes again says the same, if it names the same conversation
    own_id = str(number)
    conversation = own.choice("abcdef") if number % 3 else "abcdef"[at.second % 6]
    if number % 5 == 0:
        about = own.choice(({}, {"queue": "sales", "agent": "ann"}, {"agent": "bob"}))
        return answered(own_id, at, score=own.randint(0, 5), conversation=conversation, about=about)
    return interaction(
        own_id,
        at,
        channel=own.choice(("chat", "email")),
        direction=own.choice(DIRECTIONS),
        automatic=number % 7 == 0,
        conversation=conversation,
    )


def outgoing(event: SealedInteraction) -> Outgoing:
    """The event's record, by its conversation."""
    return Outgoing(event.partitionkey, interactions.encode(event))
