"""Mail loops and broken programs that no header gives away: who begins too many conversations is not listened to.

Two programs that answer each other, or one that reports an error every second, would fill the queues. So an identity
may begin so many conversations by message within an hour as the queue allows (`loop_limit`); further ones open nothing.
Replies in a conversation that has had a ticket are not counted and never held back, nor are calls and started chats.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An identity has begun a conversation by message, and it was let in."""

    identity: str
    conversation: str
    at: datetime


class Beginnings:
    """Who began what lately."""

    def __init__(self, begun: Iterable[Begun]) -> None:
        self._moments: dict[str, dict[str, datetime]] = {}
        for one in begun:
            self.note(one)

    def admits(self, wanted: Begun, limit: int) -> bool:
        """Whether one more is within the limit; a repeat of one that was let in always is."""
        moments = self._moments.get(wanted.identity, {})
        if wanted.conversation in moments:
            return True
        return sum(wanted.at - WITHIN < at for at in moments.values()) < limit

    def note(self, begun: Begun) -> None:
        """It was let in."""
        self._moments.setdefault(begun.identity, {})[begun.conversation] = begun.at
