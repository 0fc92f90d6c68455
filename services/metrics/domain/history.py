"""What the rows of a quarter of an hour, or of any other time, come to, for all that figures are told apart by."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import DIMENSIONS, OF_AGENTS, Dimension, Key, Row, keyed
from services.metrics.domain.figures import Figures
from services.metrics.domain.occupancy import by_agent, edges_of
from services.metrics.domain.quarters import begins
from services.metrics.domain.rates import sums_of
from services.metrics.domain.split import shares, split_keys

_Booked = Iterator[tuple[Collection[Key], str, int]]


def figures_of(quarter: int, rows: Collection[Row]) -> dict[Key, Figures]:
    """The figures of the quarter. rows: all that count in it; what goes on counts until its end."""
    return figures_between(begins(quarter), begins(quarter + 1), rows, DIMENSIONS)


def figures_between(
    begin: int, end: int, rows: Collection[Row], dimensions: Collection[Dimension]
) -> dict[Key, Figures]:
    """The figures of (begin, end], in microseconds since 1970, by these dimensions."""
    groups: defaultdict[Key, Figures] = defaultdict(Figures)
    kinds = [_happened(begin, end, rows), _handled(begin, end, rows)]
    if not OF_AGENTS.isdisjoint(dimensions):
        kinds.append(_time_of_agents(begin, end, rows))
    for kind in kinds:
        for keys, name, amount in kind:
            for key in keys:
                if key[0] in dimensions:
                    groups[key].book(name, amount)
    return dict(groups)


def _happened(begin: int, end: int, rows: Iterable[Row]) -> _Booked:
    for row in rows:
        for (name, moment, amount), keys in keyed(row):
            if begin < moment <= end:
                yield keys, name, amount


def _handled(begin: int, end: int, rows: Iterable[Row]) -> _Booked:
    for row in rows:
        if isinstance(row, Contact):
            for name, amount in shares(row, begin, end):
                yield split_keys(row), name, amount


def _time_of_agents(begin: int, end: int, rows: Iterable[Row]) -> _Booked:
    for agent, (presences, contacts) in by_agent(rows).items():
        for (key, name), amount in sums_of(edges_of(agent, presences, contacts), begin, end).items():
            yield (key,), name, amount
