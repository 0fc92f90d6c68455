"""A pool whose queues have targets, in sentences: what people do at which moment, and what its clocks come to.

Queue `mail` goes by the office's hours in Berlin, Monday to Friday from 9 to 17; queue `night` is always open. Moments
are `DAY HH:MM` of the week from Monday, 16 November 2026, on the clock in Berlin (an hour ahead of UTC).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.routing.domain.answer_command import AnswerContact
from services.routing.domain.commands import (
    AcceptTicket,
    Asked,
    Command,
    ConfigureAgent,
    ConfigureCalendar,
    ConfigurePool,
    ConfigureQueue,
    EndContact,
    Ended,
    FireTimers,
    OpenTicket,
    PendTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    SetStatus,
    TransferTicket,
)
from services.routing.domain.configuration import AgentSettings, PoolSettings, QueueSettings
from services.routing.domain.decide import decide
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.hours import CalendarSettings, Hours, Weekday
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.targets import TargetSettings
from services.routing.domain.timers import next_deadline
from shared.contracts.tickets_sla import Target, TargetEvent

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, MINUTE = 3_600.0, 60.0
_MONTH = 30 * 86_400.0
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday")
_MONDAY = datetime(2026, 11, 16, tzinfo=BERLIN)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon2", "Tue2")


def at(moment: str | datetime) -> datetime:
    """`Fri 16:30`, or a moment as it is."""
    if isinstance(moment, datetime):
        return moment
    day, clock = moment.split()
    hour, minute = map(int, clock.split(":"))
    local = _MONDAY + timedelta(days=_DAYS.index(day))
    return local.replace(hour=hour, minute=minute).astimezone(UTC)


def office(week: Mapping[Weekday, Hours] | None = None) -> CalendarSettings:
    hours: dict[Weekday, Hours] = dict.fromkeys(WEEKDAYS, ("09:00-17:00",))
    return CalendarSettings(name="Office", time_zone="Europe/Berlin", week=hours if week is None else dict(week))


class Desk:
    """One agent, ann, who is there but takes nothing unless a test says so."""

    def __init__(
        self,
        mail: TargetSettings,
        night: TargetSettings | None = None,
        week: Mapping[Weekday, Hours] | None = None,
        **settings: Any,  # noqa: ANN401 (of the queue mail)
    ) -> None:
        self.pool = Pool(id="main")
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.log: list[Event] = []
        self.do(ConfigurePool(settings=PoolSettings(name="Main")))
        self.do(ConfigureCalendar(calendar="office", settings=office(week)))
        of_night = QueueSettings(name="Night", targets=night or TargetSettings(), reopen_s=_MONTH)
        self.do(ConfigureQueue(queue="night", settings=of_night))
        self.mail(mail, **settings)
        self.do(ConfigureAgent(agent="ann", settings=AgentSettings(name="Ann")))
        self.do(SetStatus(agent="ann", status="busy"))

    def mail(self, targets: TargetSettings, **settings: Any) -> Sequence[Event]:  # noqa: ANN401 (of the queue)
        """The queue is configured."""
        made: dict[str, Any] = {"reopen_s": _MONTH, "calendar": "office", **settings}
        return self.do(ConfigureQueue(queue="mail", settings=QueueSettings(name="Mail", targets=targets, **made)))

    def do(self, command: Command | FireTimers, when: str | datetime | None = None) -> Sequence[Event]:
        """The command's events, after whatever was due by then."""
        if when is not None:
            self.wait_until(when)
        decided = decide(self.pool, Asked(command=command, at=self.now, now=self.now))
        assert not isinstance(decided, Refused), decided
        for event in decided.events:
            evolve(self.pool, event)
        self.log += decided.events
        return decided.events

    def wait_until(self, when: str | datetime) -> Sequence[Event]:
        """What the timers lead to until then, each when it is due."""
        until, told = at(when), len(self.log)
        while (deadline := next_deadline(self.pool)) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.do(FireTimers())
        self.now = until
        return self.log[told:]

    def customer_writes(
        self,
        when: str | datetime,
        happened: str | datetime | None = None,
        **fields: Any,  # noqa: ANN401 (of the command)
    ) -> Sequence[Event]:
        """Opens the ticket t1, or goes on with it. happened: when, if that is heard late."""
        given: dict[str, Any] = {"queue": "mail", "channel": "email", **fields}
        asked = at(when if happened is None else happened)
        return self.do(OpenTicket(ticket="t1", conversation="c1", identity="i1", happened=asked, **given), when)

    def agent_writes(self, when: str | datetime, happened: str | datetime | None = None) -> Sequence[Event]:
        answered = at(when if happened is None else happened)
        return self.do(AnswerContact(conversation="c1", answered=answered), when)

    def customer_leaves(self, when: str | datetime) -> Sequence[Event]:
        ended = Ended(at=at(when), reason="left")
        return self.do(EndContact(conversation="c1", ended=ended), when)

    def ann_takes_it(self, when: str | datetime) -> Sequence[Event]:
        self.do(SetStatus(agent="ann", status="available"), when)
        return self.do(AcceptTicket(ticket="t1", agent="ann"))

    def ann_resolves_it(self, when: str | datetime) -> Sequence[Event]:
        return self.do(ResolveTicket(ticket="t1", agent="ann"), when)

    def ann_waits_for_the_customer(self, when: str | datetime) -> Sequence[Event]:
        return self.do(PendTicket(ticket="t1", agent="ann", on="customer"), when)

    def ann_goes_on(self, when: str | datetime) -> Sequence[Event]:
        return self.do(ResumeTicket(ticket="t1", agent="ann"), when)

    def sue_passes_it_on(self, queue: str, when: str | datetime) -> Sequence[Event]:
        return self.do(TransferTicket(ticket="t1", by="sue", queue=queue), when)

    def sue_reopens_it(self, when: str | datetime) -> Sequence[Event]:
        return self.do(ReopenTicket(ticket="t1", by="sue"), when)

    @property
    def ticket(self) -> Ticket:
        return self.pool.tickets["t1"]

    def clock(self, target: Target) -> str:
        """What a target's clock says: `due Mon 11:00 after a warning at Mon 10:36`, or its state and what is left."""
        clock = self.ticket.clocks.of[target] if self.ticket.clocks else None
        assert clock is not None
        if clock.state != "running":
            return f"{clock.state}, {clock.left_s / MINUTE:g} minutes left"
        assert clock.due is not None
        return f"due {local(clock.due)}" + (f", warning {local(clock.warn_at)}" if clock.warn_at else "")


def local(moment: datetime) -> str:
    """The moment as tests write it."""
    there = moment.astimezone(BERLIN)
    return f"{_DAYS[(there.date() - _MONDAY.date()).days]} {there:%H:%M}"


def told(events: Sequence[Event]) -> list[str]:
    """What is told of clocks: `warned first_response Mon 10:36`."""
    return [
        f"{event.event.removeprefix('ticket.sla.')} {event.target} {local(event.at)}"
        for event in events
        if isinstance(event, TargetEvent)
    ]
