"""A report as it would be made, for tests of how it is written."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import Choice
from services.metrics.domain.report import change
from services.metrics.live import definitions_told
from services.metrics.reporting import shapes
from services.metrics.reporting.making import MAIN, definitions_of
from tests.unit.metrics.given import abandoned, accepted, figures, queued

NIGHT = datetime(2026, 11, 20, tzinfo=UTC)
WORKED = {"signed_in_time": 28_800.0, "available_time": 25_200.0, "break_time": 3_600.0, "occupancy": 0.75}
BUSY = figures(*(queued(name, 0) for name in "abc"), accepted("a", 10), accepted("b", 30), abandoned("c", 12))


def item(queue: str | None, sums: Figures = BUSY, *definitions: str) -> shapes.ReportItem:
    choice = Choice.of(definitions)
    kpis, before = choice.measure(sums), choice.measure(Figures())
    hours = [NIGHT + timedelta(hours=hour) for hour in range(25)]
    return shapes.ReportItem(
        key={} if queue is None else {"queue": queue},
        kpis=kpis,
        before=before,
        change=change(kpis, before),
        also=choice.compare(sums) or None,
        also_before=choice.compare(Figures()) or None,
        standards=[
            shapes.StandardShown(
                kpi="service_level",
                definition="strict",
                aim="at_least",
                level=0.8,
                source="target",
                window=None,
                value=1 / 3,
                deviation=1 / 3 - 0.8,
                met=False,
            )
        ],
        course=[
            shapes.CourseShown(
                since=since,
                until=until,
                kpis={name: kpis[name] if since.hour == 9 else None for name in MAIN},
            )
            for since, until in pairwise(hours)
        ],
        retold={"offered": shapes.Retold(first_told=2, now=3)},
        contacts="/v1/kpis/contacts",
    )


def report(
    *items: shapes.ReportItem, definitions: tuple[str, ...] = (), agents: tuple[str, ...] = ("ann",)
) -> shapes.Report:
    day = shapes.PeriodShown(name="2026-11-20", since=NIGHT, until=NIGHT + timedelta(days=1))
    before = shapes.PeriodShown(name="2026-11-19", since=NIGHT - timedelta(days=1), until=NIGHT)
    alert = shapes.DeviationReported(
        alert="one",
        queue=items[-1].key.get("queue", "*"),
        kpi="service_level",
        definition="strict",
        window="15m",
        aim="at_least",
        level="critical",
        value=0.5,
        began=NIGHT,
        ended=None,
        seconds=90,
        acknowledged_by="sue & co",
    )
    return shapes.Report(
        kind="daily",
        time_zone="UTC",
        period=day,
        before=before,
        made=NIGHT + timedelta(days=2),
        last_made=None,
        complete_until=NIGHT + timedelta(days=2),
        is_complete=True,
        definitions=list(definitions_told(definitions_of(Choice.of(definitions)))),
        items=list(items),
        agents=[
            shapes.AgentReported(agent=name, kpis=items[0].kpis | WORKED, also=None, contacts="/v1/kpis/contacts")
            for name in agents
        ],
        deviations=[alert],
        restatements=shapes.Restatements(count=0, new=0, items=[]),
    )
