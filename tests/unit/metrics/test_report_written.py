"""A report as a table and as a page: complete, and safe whatever queues are called."""

import csv
from html.parser import HTMLParser
from io import StringIO

import pytest

from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import ALTERNATIVES
from services.metrics.reporting.numbers import difference, written
from services.metrics.reporting.page import as_page
from services.metrics.reporting.table import COLUMNS, as_csv
from tests.unit.metrics.reported import BUSY, item, report

EVIL = '=HYPERLINK("http://x.org";"<script>alert(1)</script>")'


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))


def test_the_table_has_each_figure_of_everything_and_of_each_queue() -> None:
    text = as_csv(report(item(None), item('sales, "east"\r\nwest')))
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert "\n" not in text.replace("\r\n", "")
    found = rows(text)
    assert [row["kpi"] for row in found] == [*ALTERNATIVES] * 2
    assert {row["queue"] for row in found} == {"*", 'sales, "east"\r\nwest'}
    level = next(row for row in found if row["kpi"] == "service_level")
    assert (level["definition"], level["version"], level["unit"], float(level["value"])) == (
        "strict",
        "1",
        "share",
        1 / 3,
    )
    assert (level["aim"], level["standard"], level["met"], level["before"]) == ("at_least", "0.8", "false", "")
    offered = next(row for row in found if row["kpi"] == "offered")
    assert [offered[name] for name in ("value", "before", "change", "first_told")] == ["3", "0", "3", "2"]


def test_several_definitions_stand_one_below_the_other() -> None:
    asked = ("answered", "strict", "split")
    both = report(*(item(queue, BUSY, *asked) for queue in (None, "sales")), definitions=asked)
    levels = [row for row in rows(as_csv(both)) if row["kpi"] == "service_level" and row["queue"] == "sales"]
    assert [(row["definition"], float(row["value"])) for row in levels] == [("answered", 1 / 2), ("strict", 1 / 3)]
    assert "Service level (answered)" in as_page(both)
    assert "Service level (strict)" in as_page(both)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])  # noqa: RUF001 (full width)
def test_no_cell_of_a_queues_name_is_a_formula(start: str) -> None:
    for row in rows(as_csv(report(item(None), item(f"{start}1+1")))):
        assert row["queue"] in ("*", f"'{start}1+1")


def test_a_figure_below_zero_is_a_number() -> None:
    changed = item(None).model_copy(update={"change": dict.fromkeys(ALTERNATIVES, -2.5)})
    assert {row["change"] for row in rows(as_csv(report(changed)))} == {"-2.5"}


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(text: str) -> _Seen:
    parser = _Seen()
    parser.feed(text)
    return parser


def test_names_are_text_on_the_page_and_it_has_no_script_and_loads_nothing() -> None:
    page = seen(as_page(report(item(None), item(EVIL))))
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "a"}
    assert EVIL in page.text
    assert "sue & co" in page.text
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "url(" not in page.text


def test_every_chart_has_a_name_and_every_table_says_what_its_columns_are() -> None:
    page = seen(as_page(report(item(None), item("sales"))))
    ids = {attributes.get("id") for _, attributes in page.tags}
    charts = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(charts) == 3
    for chart in charts:
        assert chart["role"] == "img"
        names = (chart.get("aria-labelledby") or "").split()
        assert chart.get("aria-label") or (names and set(names) <= ids)
    assert {attributes["scope"] for tag, attributes in page.tags if tag == "th"} == {"col", "row"}
    assert dict(page.tags[0][1]) == {"lang": "en"}


def test_the_page_has_a_row_for_each_agent() -> None:
    page = as_page(report(item(None), agents=("ann", EVIL)))
    assert "<h2>Agents</h2>" in page
    assert "8 h 00 min" in page
    assert "75.0 %" in page
    assert "<script>" not in page
    assert "No agent was signed in" in as_page(report(item(None), agents=()))


def test_a_report_without_any_contact_says_so() -> None:
    nothing = item(None, Figures()).model_copy(update={"standards": [], "retold": {}})
    text = seen(as_page(report(nothing).model_copy(update={"deviations": []}))).text
    for said in ("No queue had a contact", "No standards are set", "No alert was open", "Nothing was told otherwise"):
        assert said in text


@pytest.mark.parametrize(
    ("figure", "unit", "text"),
    [
        (None, "count", "–"),
        (1234, "count", "1,234"),
        (0.8125, "share", "81.2 %"),
        (18.84, "seconds", "18.8 s"),
        (59.96, "seconds", "1 min 00 s"),
        (125, "seconds", "2 min 05 s"),
        (3_599.6, "seconds", "1 h 00 min"),
        (3_725, "seconds", "1 h 02 min"),
    ],
)
def test_figures_are_written_by_their_units(figure: float | None, unit: str, text: str) -> None:
    assert written(figure, unit) == text


def test_a_difference_has_its_sign_unless_nothing_is_seen_of_it() -> None:
    assert difference(-0.013, "share") == "−1.3 pp"
    assert difference(0.0001, "share") == "±0"
    assert difference(30, "count") == "+30"
    assert difference(None, "count") == ""
