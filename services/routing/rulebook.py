"""The rules as they are configured now, with the business hours that they ask about."""

from datetime import datetime

from pydantic import TypeAdapter

from services.routing.domain.hours import CalendarSettings
from services.routing.domain.rules import IsOpen, Queues, always_open
from services.routing.store import Store
from shared.mongo import Document

_calendars: TypeAdapter[CalendarSettings] = TypeAdapter(CalendarSettings)


class Rulebook:
    """Reads what is configured. Queues and calendars are worked out once, and again when they have changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._versions: dict[str, int] = {}
        self._queues = Queues(())
        self._hours: dict[str, tuple[int, CalendarSettings]] = {}

    async def read(self) -> tuple[Queues, IsOpen]:
        """Every queue of every pool, and what tells whether a calendar is open."""
        views = self._store.views
        versions = await views.versions("queues")
        if versions != self._versions:
            self._queues = Queues(await views.queues())  # they may be newer than the versions: then they are read again
            self._versions = versions
        if not any(rule.hours for queue in self._queues for rule in queue.settings.rules):
            return self._queues, always_open
        self._hours = {document["_id"]: self._version(document) for document in await views.calendars()}
        return self._queues, self._is_open

    def _version(self, document: Document) -> tuple[int, CalendarSettings]:
        known, sequence = self._hours.get(document["_id"]), document["sequence"]
        return known if known is not None and known[0] == sequence else (sequence, _read(document))

    def _is_open(self, calendar: str, at: datetime) -> bool:
        known = self._hours.get(calendar)
        return known is None or known[1].calendar.is_open(at)


def _read(document: Document) -> CalendarSettings:
    fields = {key: value for key, value in document.items() if key not in ("_id", "pool", "sequence")}
    return _calendars.validate_python(fields)
