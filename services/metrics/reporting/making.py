"""Making a report: what was asked for, put together from the past, the targets, the alerts and the restatements.

reports  {_id: "daily 2026-11-21 Europe/Berlin", made, before}: when each report was made last, and before that
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from pymongo.asynchronous.database import AsyncDatabase

from services.metrics.alerting.book import AlertBook
from services.metrics.domain import report as domain
from services.metrics.domain.definition import Definition
from services.metrics.domain.dimensions import Key
from services.metrics.domain.kpis import Choice
from services.metrics.domain.periods import Period
from services.metrics.domain.quarters import begins
from services.metrics.domain.windows import moment_of, time_of
from services.metrics.drilling.paths import contacts_path
from services.metrics.history import History
from services.metrics.live import definitions_told
from services.metrics.reporting import shapes
from services.metrics.reporting.agents import reported as agents_reported
from services.metrics.reporting.alerts import reported
from services.metrics.reporting.past import Course, Past, Restated
from services.metrics.summing import figures_in
from services.metrics.targets import Targets
from shared.contracts.targets import EVERYTHING, QueueTargets
from shared.mongo import Document

MAIN = ("offered", "answered", "abandoned", "service_level", "average_speed_of_answer", "average_handle_time")
"""The figures of which a course is told."""

_MOST_RESTATEMENTS = 200
_SAME = timedelta(hours=1)
"""A report that is made again so soon, as a table beside the page, is still the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which report. names: of the definitions that are asked for; zone: by name."""

    period: Period
    zone: str
    choice: Choice
    names: str


@dataclass(frozen=True, slots=True)
class _Both:
    """A key's figures of the period, and of the one before."""

    now: Course | None
    before: Course | None


class Reporting:
    """Makes reports, and remembers when."""

    def __init__(
        self,
        database: AsyncDatabase[Document],
        past: Callable[[], tuple[Past, History]],
        targets: Targets,
        book: AlertBook,
    ) -> None:
        self._made = database["reports"]
        self._past = past
        self._targets = targets
        self._book = book

    async def make(self, wanted: Wanted, now: datetime) -> shapes.Report:
        """The report as of now."""
        period, before = wanted.period, wanted.period.before
        past, history = self._past()
        cut = period.course
        complete = time_of(begins(await history.complete_until(now)))
        restated = await past.restated(cut, period.until)
        courses, earlier = await past.courses(cut, restated), await past.courses(before.course)
        targets = await self._targets.with_rules()
        last = await self._last_made(wanted, now)
        keys = {*courses, *earlier, *(("queue", queue) for queue in targets if queue != EVERYTHING)}
        items = [
            _item(wanted, key, _Both(courses.get(key), earlier.get(key)), targets.get(key[1] or EVERYTHING), now)
            for key in sorted(keys)
        ]
        whole = cut[0][0], cut[-1][1]
        of_agents = (await history.read("agent", [whole])).get(whole, {})
        agents = agents_reported(of_agents, wanted.choice, whole, wanted.names)
        alerts = await self._book.open_between(period.since, period.until)
        return shapes.Report(
            kind=period.kind,
            time_zone=wanted.zone,
            period=_period(period),
            before=_period(before),
            made=now,
            last_made=last,
            complete_until=complete,
            is_complete=complete >= period.until,
            definitions=list(definitions_told(definitions_of(wanted.choice))),
            items=items,
            agents=list(agents),
            deviations=[reported(alert, period, now) for alert in alerts],
            restatements=_restatements(restated, wanted.choice, last),
        )

    async def _last_made(self, wanted: Wanted, now: datetime) -> datetime | None:
        name = f"{wanted.period.kind} {wanted.period.name} {wanted.zone}"
        was = await self._made.find_one({"_id": name}) or {"made": None, "before": None}
        last: datetime | None = was["made"]
        if last and now - last < _SAME:
            before: datetime | None = was["before"]
            return before
        await self._made.replace_one({"_id": name}, {"made": now, "before": last}, upsert=True)
        return last


def _item(wanted: Wanted, key: Key, both: _Both, targets: QueueTargets | None, now: datetime) -> shapes.ReportItem:
    choice, cut = wanted.choice, wanted.period.course
    course = both.now or Course()
    earlier = (both.before or Course()).total
    kpis, was = choice.measure(course.total), choice.measure(earlier)
    retold = {} if course.first_told is course.total else domain.differing(choice.measure(course.first_told), kpis)
    standards = domain.standards(targets, choice) if targets else ()
    return shapes.ReportItem(
        key=_shown(key),
        kpis=kpis,
        before=was,
        change=domain.change(kpis, was),
        also=choice.compare(course.total) or None,
        also_before=choice.compare(earlier) or None,
        provisional=choice.provisional(
            ((begins(piece[1]), of) for piece, of in zip(cut, course.pieces, strict=bool(course.pieces))),
            moment_of(now),
        ),
        standards=[_standard(domain.judged(one, course.total)) for one in standards],
        course=[
            shapes.CourseShown(
                since=time_of(begins(piece[0])),
                until=time_of(begins(piece[1])),
                kpis={one.kpi: one.of(figures) for one in choice.told if one.kpi in MAIN},
            )
            for piece, figures in zip(cut, course.pieces, strict=bool(course.pieces))
        ],
        retold={name: shapes.Retold(first_told=first, now=now) for name, (first, now) in retold.items()},
        contacts=contacts_path(time_of(begins(cut[0][0])), time_of(begins(cut[-1][1])), key[0], key[1], wanted.names),
    )


def definitions_of(choice: Choice) -> list[Definition]:
    """Each definition that is told, those of a KPI together and the first one first."""
    order = {one.kpi: place for place, one in enumerate(choice.told)}
    return sorted(dict.fromkeys((*choice.told, *choice.beside)), key=lambda one: order[one.kpi])


def _standard(one: domain.Judged) -> shapes.StandardShown:
    told = asdict(one.standard)
    return shapes.StandardShown(
        **{name: told[name] for name in ("kpi", "definition", "aim", "level", "source", "window")},
        value=one.value,
        deviation=one.deviation,
        met=one.is_met,
    )


def _restatements(restated: Sequence[Restated], choice: Choice, last: datetime | None) -> shapes.Restatements:
    return shapes.Restatements(
        count=len(restated),
        new=sum(_is_new(one, last) for one in restated),
        items=[
            shapes.RestatementReported(
                since=time_of(begins(one.quarter)),
                until=time_of(begins(one.quarter + 1)),
                key=_shown(one.key),
                revision=one.revision,
                at=one.at,
                is_new=_is_new(one, last),
                changed=_changed(choice.measure(figures_in(one.before)), choice.measure(figures_in(one.after))),
                causes=list(one.causes),
            )
            for one in restated[: -_MOST_RESTATEMENTS - 1 : -1]
        ],
    )


def _changed(before: domain.Told, after: domain.Told) -> Mapping[str, shapes.Retold]:
    return {
        name: shapes.Retold(first_told=first, now=now) for name, (first, now) in domain.differing(before, after).items()
    }


def _is_new(one: Restated, last: datetime | None) -> bool:
    return last is not None and one.at > last


def _shown(key: Key) -> dict[str, str]:
    return {} if key[0] == "all" else {key[0]: key[1]}


def _period(period: Period) -> shapes.PeriodShown:
    return shapes.PeriodShown(name=period.name, since=period.since, until=period.until)
