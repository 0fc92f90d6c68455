"""The tables of a report's page."""

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from services.metrics.reporting.charts import spark
from services.metrics.reporting.html import Part, el
from services.metrics.reporting.numbers import NOTHING, difference, label_of, title_of, written
from services.metrics.reporting.shapes import Report, ReportItem, StandardShown
from services.metrics.reporting.table import defined, figure_of, standard_of
from shared.contracts.kpis import KpiDefinition
from shared.contracts.targets import EVERYTHING

_QUEUE = ("offered", "abandon_rate", "service_level", "average_speed_of_answer", "average_handle_time")
_LAST_RESTATEMENTS = 20


def queues(report: Report) -> ET.Element:
    """A row for each queue: what it had, how it did, and by how much that changed."""
    first = {one.kpi: one for one in reversed(report.definitions)}
    told = [first[name] for name in _QUEUE]
    beside = [one for one in report.definitions if one.kpi == "service_level" and one is not first["service_level"]]
    each = "hour" if report.kind == "daily" else "day"
    heads = [("Queue", True), (f"Answered by {each}", True), *((label_of(one), False) for one in (*told, *beside))]
    rows = []
    for item in report.items:
        if not item.key:
            continue
        name = item.key["queue"]
        cells = [_figure(item, one, is_first=True) for one in told] + [
            _figure(item, one, is_first=False) for one in beside
        ]
        course = spark([one.kpis["answered"] for one in item.course], f"answered by {each} in {name}")
        rows.append(el("tr", el("th", name, scope="row"), el("td", course, class_="text"), *cells))
    return _section("Queues", _table(heads, rows), "No queue had a contact, and none has a standard.", rows)


def standards(report: Report) -> ET.Element:
    """What should have been reached, what was, and by how much it deviates."""
    heads = [("Queue", True), ("Figure", True), ("Standard", False), ("Actual", False), ("Deviation", False)]
    units = {one.kpi: one.unit for one in report.definitions}
    rows = [
        el("tr", el("th", _queue(item), scope="row"), *_standard(one, units.get(one.kpi, _unit_of_now(one.kpi))))
        for item in report.items
        for one in item.standards
    ]
    return _section("Standards", _table([*heads, ("Result", True)], rows), "No standards are set.", rows)


def deviations(report: Report) -> ET.Element:
    """The alerts that were open."""
    zone, units = ZoneInfo(report.time_zone), {one.kpi: one.unit for one in report.definitions}
    heads = [("Queue", True), ("Figure", True), ("Level", True), ("Worst", False), ("Began", True), ("Lasted", False)]
    rows = [
        el(
            "tr",
            el("th", "Everything" if one.queue == EVERYTHING else one.queue, scope="row"),
            _text(f"{title_of(one.kpi)}, {one.window}"),
            el("td", one.level, class_=f"text {one.level}"),
            el("td", written(one.value, units.get(one.kpi, _unit_of_now(one.kpi)))),
            _text(_moment(one.began, zone)),
            el("td", written(one.seconds, "seconds"), None if one.ended else " (open)"),
            _text(one.acknowledged_by or NOTHING),
        )
        for one in report.deviations
    ]
    caption = "Alerts within the period, from rolling windows; how long they lasted of it."
    return _section(
        "Deviations", _table([*heads, ("Looked after by", True)], rows, caption), "No alert was open.", rows
    )


def restatements(report: Report) -> ET.Element:
    """What became known after the period was over."""
    zone, units, told = ZoneInfo(report.time_zone), _units(report), report.restatements
    heads = [("Quarter of an hour", True), ("Of", True), ("Became known", True), ("Figures, first told and now", True)]
    rows = []
    for one in told.items[:_LAST_RESTATEMENTS]:
        counts = [
            f"{title_of(kpi)} {written(both.first_told, units[kpi])} → {written(both.now, units[kpi])}"
            for kpi, both in one.changed.items()
            if kpi in (*_QUEUE, "answered", "abandoned")
        ]
        new = el("strong", " new") if one.is_new else None
        known = el("td", _moment(one.at, zone), new, class_="text")
        which = one.key.get("queue", "Everything")
        rows.append(
            el(
                "tr",
                el("th", _moment(one.since, zone), scope="row"),
                _text(which),
                known,
                _text("; ".join(counts) or "others"),
            )
        )
    caption = f"{told.count:,} in all, {told.new:,} since the report was last made."
    return _section("Restatements", _table(heads, rows, caption), "Nothing was told otherwise before.", rows)


def figures(report: Report, item: ReportItem) -> ET.Element:
    """Every figure of everything, by each definition that was asked for."""
    heads = [("Figure", True), (report.period.name, False), (report.before.name, False), ("Change", False)]
    rows = []
    for one, is_first in defined(report):
        now, before, change = figure_of(item, one, is_first=is_first)
        texts = (written(now, one.unit), written(before, one.unit), difference(change, one.unit))
        rows.append(el("tr", el("th", label_of(one), scope="row"), *(el("td", text) for text in texts)))
    return _section("All figures of everything", _table(heads, rows), "", rows)


def definitions(report: Report) -> ET.Element:
    """How the figures are defined."""
    heads = [("Figure", True), ("Version", False), ("Formula", True), ("Counts at the time of", True)]
    rows = [
        el(
            "tr",
            el("th", label_of(one), scope="row"),
            el("td", str(one.version)),
            _text(one.formula),
            _text(one.counted),
        )
        for one in report.definitions
    ]
    return _section("Definitions", _table(heads, rows), "", rows)


def _figure(item: ReportItem, one: KpiDefinition, *, is_first: bool) -> ET.Element:
    standard = standard_of(item, one, is_first=is_first)
    missed = standard is not None and standard.met is False
    now, _, changed = figure_of(item, one, is_first=is_first)
    value, change = written(now, one.unit), difference(changed, one.unit)
    text = el("span", value, class_="missed") if missed else el("span", value)
    return el("td", text, el("span", change, class_="change") if change else None)


def _standard(one: StandardShown, unit: str) -> list[Part]:
    what = title_of(one.kpi) + (f" ({one.definition})" if one.definition else "")
    source = "" if one.source == "target" else f", {one.source}"
    sign = "≥" if one.aim == "at_least" else "≤"
    word = {True: "met", False: "missed", None: "unknown"}[one.met]
    return [
        _text(what + source),
        el("td", f"{sign} {written(one.level, unit)}"),
        el("td", written(one.value, unit)),
        el("td", difference(one.deviation, unit)),
        el("td", word, class_=f"text {word}"),
    ]


def _section(title: str, table: ET.Element, nothing: str, rows: Sequence[ET.Element]) -> ET.Element:
    return el("section", el("h2", title), table if rows else el("p", nothing, class_="soft"))


def _table(heads: Sequence[tuple[str, bool]], rows: Sequence[ET.Element], caption: str = "") -> ET.Element:
    head = el("tr", *(el("th", name, scope="col", class_="text" if is_text else "number") for name, is_text in heads))
    return el("table", el("caption", caption) if caption else None, el("thead", head), el("tbody", *rows))


def _text(text: str) -> ET.Element:
    return el("td", text, class_="text")


def _queue(item: ReportItem) -> str:
    return item.key.get("queue", "Everything")


def _units(report: Report) -> dict[str, str]:
    return {one.kpi: one.unit for one in report.definitions}


def _unit_of_now(kpi: str) -> str:
    return "seconds" if kpi in ("oldest_wait", "estimated_wait") else "count"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b, %H:%M}"
