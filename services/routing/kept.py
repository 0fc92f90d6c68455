"""What is kept of a pool's state: all of it but the index, which follows from the rest.

A row is the pool itself, or some of its agents, tickets or complaints: `of`, what they are; `number`; `columns`, the
values by field, without those that all have by default; or `gone`, ids that are no more. What comes later replaces what
came before. So a pool of any size is written and read in small steps, and what changed can be written by itself.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, make_dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson
from pydantic import TypeAdapter

from services.routing.domain.changes import complaints_changed, tickets_changed
from services.routing.domain.complaint import Complaint
from services.routing.domain.events import Event
from services.routing.domain.selection import Needs
from services.routing.domain.state import Agent, Pool, Ticket

P = TypeVar("P", Agent, Ticket, Complaint)
Read = Callable[[Any], Any]

_AT_ONCE = 200
_AS_THEY_ARE = (str, int, float, bool)
_POOL = [field.name for field in fields(Pool) if field.name not in ("agents", "tickets", "complaints")]
_pool: TypeAdapter[Pool] = TypeAdapter(Pool)


class KeptPool:
    """Takes a pool apart and puts it together again.

    version: another one where what still fits means something else. A field that is new needs none if it has a default,
    which then never changes.
    """

    version = "pool.2"

    def rows(self, state: Pool) -> Iterator[Any]:
        """The pool, its agents, its tickets, its complaints, as they are when each row is asked for."""
        yield from _first(state)
        for ids in _some(list(state.tickets)):
            yield from _tickets.rows(state.tickets, ids)
        for ids in _some(list(state.complaints)):
            yield from _complaints.rows(state.complaints, ids)

    def changed(self, state: Pool, events: Collection[Event]) -> Iterator[Any]:
        """The pool and its agents, who are few, and the tickets and complaints that the events may have changed."""
        yield from _first(state)
        for ids in _some(tickets_changed(state, events)):
            yield from _tickets.rows(state.tickets, ids)
        for ids in _some(complaints_changed(events)):
            yield from _complaints.rows(state.complaints, ids)

    def state(self, rows: Iterable[Any]) -> Pool:
        """The pool that the rows were made of, with its index: whoever decides first need not wait for that."""
        newest: Any = None
        agents, tickets, complaints = dict[str, Agent](), dict[str, Ticket](), dict[str, Complaint]()
        for row in rows:
            if "pool" in row:
                newest = row["pool"]
            elif row["of"] == "ticket":
                _tickets.put(tickets, row)
            elif row["of"] == "agent":
                _agents.put(agents, row)
            else:
                _complaints.put(complaints, row)
        pool = _pool.validate_python(newest)
        pool.agents, pool.tickets, pool.complaints = agents, tickets, complaints
        _ = pool.index
        return pool


def _first(pool: Pool) -> Iterator[Any]:
    yield {"pool": {name: getattr(pool, name) for name in _POOL}}
    for ids in _some(list(pool.agents)):
        yield from _agents.rows(pool.agents, ids)


def _some(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


class _Part(Generic[P]):
    """How many of a kind are written and read. They are put together field by field, and what JSON has as it is, is
    taken as it is: that takes a tenth of pydantic's time, and it was this class that wrote it.
    """

    def __init__(self, of: str, kind: type[P], key: str) -> None:
        self._of = of
        self._kind: type[P] = kind
        self._key = key
        hints = get_type_hints(kind)
        self._fields = [(field, _reading(hints[field.name])) for field in fields(kind)]
        self._names = [field.name for field, _ in self._fields]
        self._values: Callable[[P], tuple[Any, ...]] = attrgetter(*self._names)
        self._fill = _filling(kind, self._names)

    def rows(self, there: Mapping[str, P], ids: Iterable[str]) -> Iterator[Any]:
        """Those with these ids, as they are now, and which of them are gone."""
        found, gone = list[P](), list[str]()
        for name in ids:
            one = there.get(name)
            if one is None:
                gone.append(name)
            else:
                found.append(one)
        if gone:
            yield {"of": self._of, "gone": gone}
        if found:
            yield {"of": self._of, "number": len(found), "columns": self._columns(found)}

    def put(self, there: dict[str, P], row: dict[str, Any]) -> None:
        """Takes in what such a row says; LookupError for an unknown field."""
        for name in row.get("gone", ()):
            there.pop(name, None)
        if "columns" in row:
            ids = row["columns"][self._key]
            there.update(zip(ids, self._made(row["columns"], row["number"]), strict=True))

    def _columns(self, found: Sequence[P]) -> dict[str, Sequence[Any]]:
        columns: dict[str, Sequence[Any]] = {}
        values = zip(*map(self._values, found), strict=True)
        for (field, read), column in zip(self._fields, values, strict=True):
            default = default_of(field)
            if default is MISSING or column.count(default) < len(found):
                columns[field.name] = list(map(_text, column)) if read is _needs else column
        return columns

    def _made(self, columns: dict[str, Sequence[Any]], number: int) -> list[P]:
        if unknown := columns.keys() - self._names:
            raise LookupError(*unknown)
        values = [_column(columns.get(field.name), field, read, number) for field, read in self._fields]
        made = [self._kind.__new__(self._kind) for _ in range(number)]
        for one, given in zip(made, zip(*values, strict=True), strict=True):
            self._fill(one, *given)
        return made


def _filling(kind: Any, names: Sequence[str]) -> Callable[..., None]:  # noqa: ANN401 (a dataclass)
    """Fills one of that kind with its values, in order: the `__init__` of a class with the same fields."""
    twin: Any = make_dataclass("Filled", names, frozen=kind.__dataclass_params__.frozen)
    filling: Callable[..., None] = twin.__init__
    return filling


def _column(values: Sequence[Any] | None, field: "Field[Any]", read: Read | None, number: int) -> Sequence[Any]:
    if values is None:
        return _defaults(field, number)
    return values if read is None else [None if value is None else read(value) for value in values]


def default_of(field: "Field[Any]") -> Any:  # noqa: ANN401 (of any type)
    """What a field is where nothing was said of it; MISSING if that cannot be."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def _defaults(field: "Field[Any]", number: int) -> Sequence[Any]:
    if default_of(field) is MISSING:
        raise LookupError(field.name)
    if field.default_factory is MISSING:
        return [field.default] * number
    return [field.default_factory() for _ in range(number)]


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


@lru_cache(maxsize=10_000)
def _text(needs: Needs) -> str:
    """Many tickets need the same, so it is written as a text that is made once, and read as one that all share."""
    return orjson.dumps(sorted(needs)).decode()


@lru_cache(maxsize=10_000)
def _needs(text: str) -> Needs:
    return frozenset((skill, level) for skill, level in orjson.loads(text))


_agents = _Part("agent", Agent, "id")
_tickets = _Part("ticket", Ticket, "id")
_complaints = _Part("complaint", Complaint, "ticket")
