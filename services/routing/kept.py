"""What is kept of a pool's state: all of it but the index, which follows from the rest.

The first row is the pool itself, with the names of the fields that the others have; then a row for each agent, each
ticket and each complaint, which is a list: `agent`, `ticket` or `complaint`, then the fields. So a pool of any size is
written and read in small steps.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import MISSING, Field, fields
from datetime import datetime
from functools import lru_cache
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from services.routing.domain.complaint import Complaint
from services.routing.domain.selection import Needs
from services.routing.domain.state import Agent, Pool, Ticket

P = TypeVar("P", Agent, Ticket, Complaint)
Read = Callable[[Any], Any]

_AT_ONCE = 500
_NOTHING: dict[str, Any] = {}
_AS_THEY_ARE = (str, int, float, bool)
_POOL = [field.name for field in fields(Pool) if field.name not in ("agents", "tickets", "complaints")]
_pool: TypeAdapter[Pool] = TypeAdapter(Pool)


class KeptPool:
    """Takes a pool apart and puts it together again. Its tickets change in place, so it has to stand still for that.

    version: another one where what still fits means something else. A field that is new needs none if it has a default.
    """

    version = "pool.1"
    is_frozen = False

    def rows(self, state: Pool) -> Iterator[Any]:
        """The pool, its agents, its tickets, its complaints."""
        settings = {name: copy(getattr(state, name)) for name in _POOL}
        yield {"pool": settings, "agent": _agents.names, "ticket": _tickets.names, "complaint": _complaints.names}
        for agent in state.agents.values():
            yield _agents.row("agent", agent)
        for ticket in state.tickets.values():
            yield _tickets.row("ticket", ticket)
        for complaint in state.complaints.values():
            yield _complaints.row("complaint", complaint)

    def state(self, rows: Iterable[Any]) -> Pool:
        """The pool that the rows were made of, with its index: whoever decides first need not wait for that."""
        rows = iter(rows)
        [first] = islice(rows, 1)
        pool = _pool.validate_python(first["pool"])
        for part, of_part in groupby(rows, itemgetter(0)):
            while some := list(islice(of_part, _AT_ONCE)):
                _, *columns = zip(*some, strict=True)
                given = dict(zip(first[part], columns, strict=True))
                if part == "ticket":
                    pool.tickets.update((ticket.id, ticket) for ticket in _tickets.made(given, len(some)))
                elif part == "complaint":
                    pool.complaints.update((one.ticket, one) for one in _complaints.made(given, len(some)))
                else:
                    pool.agents.update((agent.id, agent) for agent in _agents.made(given, len(some)))
        _ = pool.index
        return pool


class _Part(Generic[P]):
    """How many of a kind are written and read. They are put together field by field, and what JSON has as it is, is
    taken as it is: that takes a tenth of pydantic's time, and it was this class that wrote it.
    """

    def __init__(self, kind: type[P]) -> None:
        self._kind: type[P] = kind
        hints = get_type_hints(kind)
        self._fields = [(field, _reading(hints[field.name])) for field in fields(kind)]
        self.names = [field.name for field, _ in self._fields]
        self._values: Callable[[P], tuple[Any, ...]] = attrgetter(*self.names)
        self._changing = [place for place, name in enumerate(self.names, 1) if get_origin(hints[name]) is dict]

    def row(self, part: str, one: P) -> list[Any]:
        """The part's name, then the values of the fields; what changes in place is copied."""
        row = [part, *self._values(one)]
        for place in self._changing:
            row[place] = row[place].copy() if row[place] else _NOTHING
        return row

    def made(self, given: dict[str, Sequence[Any]], number: int) -> list[P]:
        """So many, each with the next of the values that are given for a field; LookupError for an unknown field."""
        made = [self._kind.__new__(self._kind) for _ in range(number)]
        for field, read in self._fields:
            values = given.pop(field.name, None)
            if values is None:
                values = _defaults(field, number)
            elif read:
                values = [None if value is None else read(value) for value in values]
            put: Callable[[P, Any], None] = getattr(self._kind, field.name).__set__
            deque(map(put, made, values), maxlen=0)
        if given:
            raise LookupError(*given)
        return made


def _defaults(field: "Field[Any]", number: int) -> Sequence[Any]:
    if field.default_factory is not MISSING:
        return [field.default_factory() for _ in range(number)]
    if field.default is MISSING:
        raise LookupError(field.name)
    return [field.default] * number


def _reading(kind: Any) -> Read | None:  # noqa: ANN401 (a type as a value)
    """How a value of that type is read, where JSON does not have it as it is. None is never asked about."""
    origin, of = get_origin(kind), get_args(kind)
    if kind in _AS_THEY_ARE or origin is Literal:
        return None
    if kind is datetime:
        return datetime.fromisoformat
    if kind == Needs:
        return _needs
    if origin is tuple and of[1:] == (...,) and _reading(of[0]) is None:
        return tuple
    if origin in (Union, UnionType):
        given = [one for one in of if one is not NoneType]
        if len(given) == 1 or not any(_reading(one) for one in given):
            return _reading(given[0])
    if origin is dict and _reading(of[0]) is None:
        value = _reading(of[1])
        return (lambda found: {name: value(one) for name, one in found.items()}) if value else None
    return TypeAdapter(kind).validate_python


def _needs(value: Any) -> Needs:  # noqa: ANN401 (JSON)
    return _shared(tuple(map(tuple, value)))


@lru_cache(maxsize=10_000)
def _shared(needs: tuple[tuple[str, int], ...]) -> Needs:
    """Tickets that need the same share it: there are few different ones, and each is hashed once."""
    return frozenset(needs)


_agents, _tickets, _complaints = _Part(Agent), _Part(Ticket), _Part(Complaint)
