"""A report as a page to read and to print: without script, dark on white, with charts."""

from datetime import datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from services.metrics.reporting import agents, charts, sections
from services.metrics.reporting.charts import Series
from services.metrics.reporting.html import document, el
from services.metrics.reporting.numbers import difference, label_of, written
from services.metrics.reporting.shapes import CourseShown, Report, ReportItem
from services.metrics.reporting.style import STYLE
from services.metrics.reporting.table import standard_of

_TILES = ("offered", "answered", "abandon_rate", "service_level", "average_speed_of_answer", "average_handle_time")


def as_page(report: Report) -> str:
    """The whole page."""
    title = _title(report)
    everything = report.items[0]
    return document(
        el(
            "html",
            el(
                "head",
                el("meta", charset="utf-8"),
                el("meta", name="viewport", content="width=device-width, initial-scale=1"),
                el("title", title),
                el("style", STYLE),
            ),
            el(
                "body",
                _header(report, title),
                el(
                    "main",
                    el("section", el("h2", "Everything"), _tiles(report, everything), _charts(report, everything)),
                    sections.queues(report),
                    agents.section(report),
                    sections.standards(report),
                    sections.deviations(report),
                    sections.restatements(report),
                    sections.figures(report, everything),
                    sections.definitions(report),
                ),
            ),
            lang="en",
        )
    )


def _title(report: Report) -> str:
    first = report.period.since
    if report.kind == "daily":
        return f"Daily report, {first:%A} {first.day} {first:%B %Y}"
    return f"Weekly report, week {first:%V} of {first:%G}"


def _header(report: Report, title: str) -> ET.Element:
    zone = ZoneInfo(report.time_zone)
    period = f"{_moment(report.period.since, zone)} to {_moment(report.period.until, zone)}"
    before = "the day before" if report.kind == "daily" else "the week before"
    last = f"; last made {_moment(report.last_made, zone)}" if report.last_made else ""
    return el(
        "header",
        el("h1", title),
        el("p", f"{period} ({report.time_zone}). Changes are against {before}, {report.before.name}.", class_="soft"),
        el("p", f"Made {_moment(report.made, zone)}{last}.", class_="soft"),
        None if report.is_complete else _notice(report, zone),
    )


def _notice(report: Report, zone: ZoneInfo) -> ET.Element:
    until = _moment(report.complete_until, zone)
    return el("p", f"Not complete yet: figures are summed until {until}.", class_="notice")


def _tiles(report: Report, item: ReportItem) -> ET.Element:
    first = {one.kpi: one for one in reversed(report.definitions)}
    tiles = []
    for one in (first[name] for name in _TILES):
        standard = standard_of(item, one, is_first=True)
        aim = ""
        if standard:
            sign = "≥" if standard.aim == "at_least" else "≤"
            aim = f"standard {sign} {written(standard.level, one.unit)}"
        changed = difference(item.change[one.kpi], one.unit)
        beside = ", ".join(text for text in (changed, aim) if text)
        tiles.append(
            el(
                "div",
                el("dt", label_of(one)),
                el("dd", written(item.kpis[one.kpi], one.unit)),
                el("dd", beside, class_="change"),
            )
        )
    return el("dl", *tiles, class_="tiles")


def _charts(report: Report, item: ReportItem) -> ET.Element:
    labels = [_label(report, one) for one in item.course]
    each = "hour" if report.kind == "daily" else "day"
    level = next(one for one in report.definitions if one.kpi == "service_level")
    standard = standard_of(item, level, is_first=True)
    contacts = charts.bars(
        "contacts",
        f"Contacts answered and abandoned by {each}",
        _told(labels, item, "answered", "answered"),
        labels,
        [
            Series(name=name, shape=name, values=[one.kpis[name] for one in item.course])
            for name in ("answered", "abandoned")
        ],
    )
    levels = charts.line(
        "levels",
        f"{label_of(level)} by {each}",
        level.formula,
        labels,
        Series(name="service level", shape="level", values=[one.kpis["service_level"] for one in item.course]),
        standard.level if standard else None,
    )
    return el(
        "div",
        el("figure", el("figcaption", f"Contacts by {each}"), contacts),
        el("figure", el("figcaption", f"{label_of(level)} by {each}"), levels),
        class_="charts",
    )


def _told(labels: list[str], item: ReportItem, kpi: str, word: str) -> str:
    values = [one.kpis[kpi] or 0 for one in item.course]
    if not any(values):
        return "None."
    most = max(range(len(values)), key=values.__getitem__)
    return f"Most were {word} at {labels[most]}: {values[most]:,.0f}."


def _label(report: Report, one: CourseShown) -> str:
    local = one.since.astimezone(ZoneInfo(report.time_zone))
    return f"{local:%H}" if report.kind == "daily" else f"{local:%a} {local.day}"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M}"
