"""Which entries of a timeline somebody wants to see."""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.profile.domain.pages import Place, fingerprint
from shared.spelling import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What entries must be like; an empty one lets everything through.

    since, until: by the time it happened, `until` not included. words: all of them occur in the entry, see
    `services.profile.domain.spelling`. as_of: as the timeline was at that moment, by what the hub had taken in.
    """

    channels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    conversation: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[Word, ...] = ()
    as_of: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same filters, however they were written."""
        moments = (moment and moment.astimezone(UTC).isoformat() for moment in (self.since, self.until, self.as_of))
        several = (sorted(set(one)) for one in (self.channels, self.types, self.directions))
        return fingerprint("timeline", *several, sorted(set(self.words)), self.conversation, *moments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page: the `limit` newest entries, or those next to a place, before it or after it; never both."""

    filters: Filters = Filters()
    before: Place | None = None
    after: Place | None = None
    limit: int = 50
