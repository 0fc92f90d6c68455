"""Dead letters: records that could not be taken, kept sealed with the reason, so that nothing behind them waits."""

import asyncio
import base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Len

from shared.contracts.codec import Codec
from shared.contracts.envelope import STRICT, event_id
from shared.contracts.values import EventId, Name, Time
from shared.keyring import Keyring
from shared.publishing import Outgoing, Publisher
from shared.sealing import seal, unseal
from shared.topics import DEAD_LETTERS

KEY_NAME = "dead-letters"
"""The keyring's name of the key that seals dead letters, which may hold anything."""

_LIMIT = 500
_WITHIN_SECONDS = 60.0


class TooManyDeadLetters(Exception):
    """Almost everything is being dead-lettered, which speaks of a bad deployment rather than of bad records: stop."""

    def __init__(self, group: str) -> None:
        super().__init__(
            f"{group} dead-lettered more than {_LIMIT} records within {_WITHIN_SECONDS:.0f} s and stops before it goes "
            "through the whole topic. Look at `hub dead-letters`, mend the cause, and start again."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """topic, partition, offset: where the record is. value: the record, sealed. reason: why it could not be taken."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    id: EventId
    topic: Name
    partition: Annotated[int, Ge(0)]
    offset: Annotated[int, Ge(0)]
    group: Name
    reason: Annotated[str, Len(1, 1_000)]
    at: Time
    key: str | None
    value: str


codec: Codec[DeadLetter] = Codec(DeadLetter)


class DeadLetters:
    """Publishes dead letters of one consumer group, and stops it when there are too many.

    is_first: whether nobody else buries the same records; while somebody does, they are passed over.
    """

    def __init__(self, publisher: Publisher, keyring: Keyring, is_first: Callable[[], bool] = lambda: True) -> None:
        self._publisher = publisher
        self._keyring = keyring
        self._is_first = is_first
        self._recent: deque[float] = deque()

    async def bury(
        self, *, topic: str, partition: int, offset: int, group: str, key: bytes | None, value: bytes, reason: str
    ) -> None:
        """Publishes the dead letter durably; TooManyDeadLetters when the limit is passed."""
        if not self._is_first():
            return
        self._count(group)
        letter_id = event_id(f"/dead-letters/{group}/{topic}", f"{partition}.{offset}")
        cipher = (await self._keyring.ensure([KEY_NAME]))[KEY_NAME].cipher
        letter = DeadLetter(
            id=letter_id,
            topic=topic,
            partition=partition,
            offset=offset,
            group=group,
            reason=reason[:1000],
            at=datetime.now(UTC),
            key=None if key is None else key.decode("utf-8", "replace"),
            value=seal(cipher, letter_id, base64.b64encode(value)),
        )
        await self._publisher.publish(DEAD_LETTERS, [Outgoing(letter_id, codec.encode(letter))])

    def _count(self, group: str) -> None:
        now = asyncio.get_running_loop().time()
        self._recent.append(now)
        while self._recent and self._recent[0] < now - _WITHIN_SECONDS:
            self._recent.popleft()
        if len(self._recent) > _LIMIT:
            raise TooManyDeadLetters(group)


async def exhume(letter: DeadLetter, keyring: Keyring) -> bytes:
    """The record's bytes as they were in Kafka; SealBroken if the letter was changed."""
    cipher = (await keyring.ensure([KEY_NAME]))[KEY_NAME].cipher
    return base64.b64decode(unseal(cipher, letter.id, letter.value))
