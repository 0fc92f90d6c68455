"""What was measured, as docs/benchmarks.json keeps it, and the pages that are made of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

from tests.bench import quality
from tests.bench.rows import Row
from tests.bench.sections import SECTIONS

DOCS, README = Path("docs"), Path("README.md")
_BEGIN, _END = "<!-- benchmarks -->\n", "<!-- /benchmarks -->"
_HEADER = ("| what | measured | against | ratio | goal | met |", "|---|---|---|---|---|---|")
_INTRODUCTION = (
    "Measured by `make bench`. Both sides of a row ran in the same run on the same machine; absolute figures drift,",
    "ratios are what counts. Validation and sealing are on, acks=all, majority writes on both sides.",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows of a section, when they were measured and on what."""

    at: datetime
    machine: str
    rows: Sequence[Row]


def cells(row: Row) -> tuple[str, ...]:
    """What is measured, the figure, what it is held against, the ratio, the goal, and whether it is met."""
    number = ",.1f" if row.unit == "ms" else ",.0f"
    sign = "≤" if row.less_is_better else "≥"
    return (
        row.name,
        f"{row.value:{number}} {row.unit}",
        "" if row.baseline is None else f"{row.baseline:{number}} {row.unit} {row.note}",
        "" if row.ratio is None else f"{row.ratio:.2f}×",
        "" if row.goal is None else f"{sign} {row.goal}×",
        {True: "yes", False: "no", None: ""}[row.met],
    )


def page(measured: Mapping[str, Measured]) -> str:
    """docs/benchmarks.md: every row, in the order of the sections."""
    lines = ["# Benchmarks", "", *_INTRODUCTION]
    for name, section in _in_order(measured):
        lines += [
            "",
            f"## {SECTIONS[name].title}",
            "",
            f"On {section.at:%Y-%m-%d} at {section.at:%H:%M} UTC on {section.machine}.",
            "",
            *(quality.section(section.rows) if name == "quality" else _table(section.rows)),
        ]
    return "\n".join(lines) + "\n"


def readme(text: str, measured: Mapping[str, Measured]) -> str:
    """README.md with the rows that have a goal between its markers."""
    rows = [
        row for name, section in _in_order(measured) if name != "quality" for row in section.rows if row.met is not None
    ]
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    return before + begin + "\n".join(_table(rows)) + "\n" + end + after


def load() -> dict[str, Measured]:
    """What is kept; nothing yet where there is no file."""
    path = DOCS / "benchmarks.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    return {name: _measured(section) for name, section in kept.items()}


def save(measured: Mapping[str, Measured]) -> None:
    """Writes docs/benchmarks.json, docs/benchmarks.md and the table of README.md."""
    kept = {
        name: {
            "measured": section.at.isoformat(),
            "machine": section.machine,
            "rows": [{**asdict(row), "met": row.met} for row in section.rows],
        }
        for name, section in _in_order(measured)
    }
    (DOCS / "benchmarks.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
    (DOCS / "benchmarks.md").write_text(page(measured))
    README.write_text(readme(README.read_text(), measured))


def _in_order(measured: Mapping[str, Measured]) -> Iterator[tuple[str, Measured]]:
    return ((name, measured[name]) for name in SECTIONS if name in measured)


def _table(rows: Sequence[Row]) -> list[str]:
    return [*_HEADER, *("| " + " | ".join(cells(row)) + " |" for row in rows)]


def _measured(kept: dict[str, object]) -> Measured:
    names = {field.name for field in fields(Row)}
    rows = [Row(**{key: value for key, value in row.items() if key in names}) for row in kept["rows"]]  # type: ignore[attr-defined]  # JSON
    return Measured(datetime.fromisoformat(str(kept["measured"])), str(kept["machine"]), rows)
