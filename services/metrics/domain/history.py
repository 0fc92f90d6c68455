"""What the rows of a quarter of an hour, or of any other time, come to, for all that figures are told apart by."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import DIMENSIONS, Dimension, Key, Row, keyed
from services.metrics.domain.figures import Figures
from services.metrics.domain.quarters import begins
from services.metrics.domain.split import shares, split_keys


def figures_of(quarter: int, rows: Iterable[Row]) -> dict[Key, Figures]:
    """The figures of the quarter. rows: all that count in it; what goes on counts until its end."""
    return figures_between(begins(quarter), begins(quarter + 1), rows, DIMENSIONS)


def figures_between(begin: int, end: int, rows: Iterable[Row], dimensions: Collection[Dimension]) -> dict[Key, Figures]:
    """The figures of (begin, end], in microseconds since 1970, by these dimensions."""
    groups: defaultdict[Key, Figures] = defaultdict(Figures)
    for row in rows:
        for (name, moment, amount), keys in keyed(row):
            if begin < moment <= end:
                for key in keys:
                    if key[0] in dimensions:
                        groups[key].book(name, amount)
        if isinstance(row, Contact):
            for name, amount in shares(row, begin, end):
                for key in split_keys(row):
                    if key[0] in dimensions:
                        groups[key].book(name, amount)
    return dict(groups)
