"""What the rows of a quarter of an hour come to, for everything that figures are told apart by."""

from collections import defaultdict
from collections.abc import Iterable

from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import Key, Row, keyed
from services.metrics.domain.figures import Figures
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.split import shares, split_keys


def figures_of(quarter: int, rows: Iterable[Row]) -> dict[Key, Figures]:
    """The figures of the quarter. rows: all that count in it; what goes on counts until its end."""
    groups: defaultdict[Key, Figures] = defaultdict(Figures)
    begin, end = begins(quarter), begins(quarter + 1)
    for row in rows:
        for (name, moment, amount), keys in keyed(row):
            if quarter_of(moment) == quarter:
                for key in keys:
                    groups[key].book(name, amount)
        if isinstance(row, Contact):
            for name, amount in shares(row, begin, end):
                for key in split_keys(row):
                    groups[key].book(name, amount)
    return dict(groups)
