"""The speed tables are what was measured: nobody has written a figure by hand."""

from tests.bench.report import DOCS, README, load, page, readme


def test_the_tables_show_what_was_measured() -> None:
    measured = load()
    assert (DOCS / "benchmarks.md").read_text() == page(measured)
    text = README.read_text()
    assert text == readme(text, measured)
