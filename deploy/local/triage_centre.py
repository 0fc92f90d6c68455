"""A contact centre as a configuration file describes it, and what its rules decide there, without any server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from deploy.local.configuration import Document, read_documents
from deploy.local.errors import WrongSetting
from deploy.local.triage_examples import Then, When
from services.routing.bodies import AgentWanted, CalendarWanted, QueueWanted, settings_of
from services.routing.domain.commands import Asked
from services.routing.domain.configuration import (
    LEAST,
    AgentConfigured,
    AgentSettings,
    PoolConfigured,
    PoolSettings,
    QueueConfigured,
)
from services.routing.domain.conversations import Conversation, ToPool, release, take
from services.routing.domain.decide import Agreed, decide
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.hours import CalendarSettings, faults
from services.routing.domain.meaning import Begins, Opening
from services.routing.domain.rules import KnownQueue, Traits
from services.routing.domain.state import Pool
from services.routing.domain.words import said
from shared.contracts.tickets import TicketOpened, TicketQueued

_pools: TypeAdapter[PoolSettings] = TypeAdapter(PoolSettings)
_calendars: TypeAdapter[CalendarWanted] = TypeAdapter(CalendarWanted)
_queues: TypeAdapter[QueueWanted] = TypeAdapter(QueueWanted)
_agents: TypeAdapter[AgentWanted] = TypeAdapter(AgentWanted)

_EVENT, _CONVERSATION, _IDENTITY = "example", "example", "0" * 32
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of an interaction. queue: None if no queue takes it; then nothing else is so either."""

    queue: str | None = None
    by: str | None = None
    priority: int | None = None
    skills: Mapping[str, int] | None = None
    kind: str | None = None

    def differs(self, then: Then) -> dict[str, Any]:
        """What is not as it is expected: what it is instead."""
        expected = then.expected()
        return {name: getattr(self, name) for name in expected if getattr(self, name) != expected[name]}


class Centre:
    """A contact centre as a configuration file describes it."""

    def __init__(self, file: Path) -> None:
        self.queues: list[KnownQueue] = []
        self._calendars: dict[str, CalendarSettings] = {}
        self._pools: dict[str, Pool] = {}
        for document in read_documents(file):
            for event in self._events(document):
                evolve(self._pools.setdefault(event.pool, Pool(id=event.pool)), event)

    def outcome(self, when: When) -> Outcome:
        """What becomes of it; the pure core of the routing service decides."""
        opening = self._opening(when)
        known = self._known(when.known_in)
        known, taken = take(known, opening, self.queues, self._is_open)
        if known.held is not None:
            known, taken = release(known, self.queues, self._is_open)
        if not isinstance(taken, ToPool):
            return Outcome()
        decided = decide(self._pools[taken.pool], Asked(command=taken.command, at=opening.at, now=opening.at))
        return _outcome(decided.events) if isinstance(decided, Agreed) else Outcome()

    def _events(self, document: Document) -> Iterator[PoolConfigured | QueueConfigured | AgentConfigured]:
        match document.section:
            case "pools":
                pool = _pools.validate_python(document.whole)
                yield PoolConfigured(pool=document.id, at=_ANY_TIME, settings=pool)
            case "calendars":
                calendar = settings_of(CalendarSettings, _calendars.validate_python(document.whole))
                for fault in faults(calendar):
                    raise WrongSetting(f"calendars.{document.id}.{fault.place}: {fault.reason}")
                self._calendars[document.id] = calendar
            case "queues":
                queue = _queues.validate_python(document.whole)
                self.queues.append(KnownQueue(id=document.id, pool=queue.pool, settings=queue.settings))
                yield QueueConfigured(pool=queue.pool, queue=document.id, at=_ANY_TIME, settings=queue.settings)
            case "agents":
                agent = _agents.validate_python(document.whole)
                settings = settings_of(AgentSettings, agent)
                yield AgentConfigured(pool=agent.pool, agent=document.id, at=_ANY_TIME, settings=settings)

    def _opening(self, when: When) -> Opening:
        return Opening(
            event=_EVENT,
            at=when.at or _ANY_TIME,
            conversation=_CONVERSATION,
            identity=_IDENTITY,
            traits=Traits(
                channel=when.channel,
                address=when.address,
                language=when.language,
                queue=when.queue,
                at=when.at,
                segment=when.segment,
                said=said([when.subject, when.text]),
                ivr=when.ivr,
                open_tickets=frozenset((self._queue(name).pool, name) for name in when.open_tickets),
            ),
            skills=when.skills,
            priority=when.priority,
            begins=_begins(when),
        )

    def _is_open(self, calendar: str, at: datetime) -> bool:
        known = self._calendars.get(calendar)
        if known is None:
            raise WrongSetting(f"A rule or queue names the calendar {calendar!r}, which is not in the configuration.")
        return known.calendar.is_open(at)

    def _known(self, queue: str | None) -> Conversation:
        if queue is None:
            return Conversation(id=_CONVERSATION)
        return Conversation(id=_CONVERSATION, pool=self._queue(queue).pool, queue=queue, opened="earlier")

    def _queue(self, name: str) -> KnownQueue:
        found = next((queue for queue in self.queues if queue.id == name), None)
        if found is None:
            raise WrongSetting(f"An example names the queue {name!r}, which the configuration does not have.")
        return found


def _begins(when: When) -> Begins:
    if when.ivr is not None:
        return "choice"
    return "message" if when.channel != "phone" or when.subject or when.text else "call"


def _outcome(events: Sequence[Event]) -> Outcome:
    opened = next(event for event in events if isinstance(event, TicketOpened))
    queued = next(event for event in events if isinstance(event, TicketQueued))
    skills = {skill: (opened.levels or {}).get(skill, LEAST) for skill in opened.skills}
    return Outcome(
        queue=queued.queue, by=queued.by, priority=opened.priority, skills=skills, kind=opened.kind or "request"
    )
