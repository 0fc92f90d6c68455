"""When something is due next, of each of many."""

from collections.abc import Mapping
from datetime import datetime

from services.routing.domain.ordering import Ranking

_DUE_AT_ONCE = 200
_LAST = "\U0010ffff"
"""Behind every id."""


class Deadlines:
    """The next deadline of each member, by id. Those of the same moment are in the order of their ids."""

    __slots__ = ("_ranking",)

    def __init__(self) -> None:
        self._ranking: Ranking[tuple[datetime, str]] = Ranking()

    def keys(self) -> dict[str, datetime]:
        """Every member with its deadline."""
        return {member: at for member, (at, _) in self._ranking.keys().items()}

    def put(self, member: str, at: datetime | None) -> None:
        """The member's next deadline is this one, or it has none."""
        if at is None:
            self._ranking.drop(member)
        else:
            self._ranking.put(member, (at, member))

    def put_new(self, deadlines: Mapping[str, datetime]) -> None:
        """Adds members that are not here; costs less than one after the other."""
        self._ranking.put_new({member: (at, member) for member, at in deadlines.items()})

    def drop(self, member: str) -> None:
        """Takes the member away, if it is here."""
        self._ranking.drop(member)

    def next_at(self) -> datetime | None:
        """The first deadline of all."""
        first = self._ranking.first()
        return None if first is None else first[0][0]

    def due(self, now: datetime) -> list[str]:
        """The members whose deadline has come, in order: a bounded number at once, the others the next time."""
        return self._ranking.up_to((now, _LAST), _DUE_AT_ONCE)
