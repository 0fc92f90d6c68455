"""A report as CSV (RFC 4180): a row for each figure of everything and of each queue, by each definition asked for."""

import csv
from collections.abc import Iterator
from io import StringIO

from services.metrics.domain.report import change
from services.metrics.reporting.shapes import Figure, Report, ReportItem, StandardShown
from shared.contracts.kpis import KpiDefinition
from shared.contracts.targets import EVERYTHING

COLUMNS = (
    *("report", "period", "from", "to", "time_zone", "queue", "kpi", "definition", "version", "unit", "value"),
    *("before", "change", "first_told", "aim", "standard", "deviation", "met"),
)
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 (full width, as they are typed)

Cell = str | float | bool | None


def as_csv(report: Report) -> str:
    """The report's figures; everything is the queue `*`. A figure that is null is an empty cell."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    period = report.period
    shared = (report.kind, period.name, period.since.isoformat(), period.until.isoformat(), report.time_zone)
    for item in report.items:
        for row in _rows(report, item):
            writer.writerow([_text(cell) if isinstance(cell, str) else _plain(cell) for cell in (*shared, *row)])
    return out.getvalue()


def _rows(report: Report, item: ReportItem) -> Iterator[tuple[Cell, ...]]:
    queue = item.key.get("queue", EVERYTHING)
    for one, is_first in defined(report):
        figures = figure_of(item, one, is_first=is_first)
        first_told = _retold(item, one.kpi) if is_first else None
        standard = standard_of(item, one, is_first=is_first)
        told = (standard.aim, standard.level, standard.deviation, standard.met) if standard else (None,) * 4
        yield (queue, one.kpi, one.name, one.version, one.unit, *figures, first_told, *told)


def defined(report: Report) -> Iterator[tuple[KpiDefinition, bool]]:
    """Every definition in the report, and whether it is the first of its KPI."""
    before = None
    for one in report.definitions:
        yield one, one.kpi != before
        before = one.kpi


def figure_of(item: ReportItem, definition: KpiDefinition, *, is_first: bool) -> tuple[Figure, Figure, Figure]:
    """The figure by a definition, that of before, and the change."""
    kpi, name = definition.kpi, definition.name
    if is_first:
        return item.kpis[kpi], item.before[kpi], item.change[kpi]
    now, before = (item.also or {})[kpi][name], (item.also_before or {})[kpi][name]
    return now, before, change({kpi: now}, {kpi: before})[kpi]


def standard_of(item: ReportItem, definition: KpiDefinition, *, is_first: bool) -> StandardShown | None:
    """The first standard of a figure: its target, or else the level of a rule from which on it is a warning."""
    names = {definition.name, None} if is_first else {definition.name}
    mine = (one for one in item.standards if one.kpi == definition.kpi and one.definition in names)
    return next(mine, None)


def _retold(item: ReportItem, kpi: str) -> float | None:
    return item.retold[kpi].first_told if kpi in item.retold else item.kpis[kpi]


def _text(cell: str) -> str:
    """What a spreadsheet would take for a formula is text."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell


def _plain(cell: float | bool | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(int(cell)) if float(cell).is_integer() else repr(cell)
