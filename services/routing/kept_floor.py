"""A pool's floor, made of what is kept of the pool: the same as a fold of its events, without folding them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import Any

from services.routing.domain.floor import Floor, Person, Placed
from services.routing.kept import KeptPool

_CLOSED = "resolved"


class KeptFloor:
    """Reads the rows of KeptPool. Of snapshots from before it was noted when a state began, the last event's time."""

    version = KeptPool.version

    def state(self, rows: Iterable[Any]) -> Floor:
        """The floor of the pool that the rows were made of."""
        rows = iter(rows)
        [first] = islice(rows, 1)
        floor = Floor()
        for name, queue in first["pool"]["queues"].items():
            floor.put_queue(name, queue["name"], queue["skills"])
        agents, tickets = _Named(first["agent"]), _Named(first["ticket"])
        hands: dict[str, Iterable[str]] = {}
        for row in rows:
            if row[0] == "agent":
                name, person, hands[name] = _person(agents.of(row))
                floor.put_agent(name, person)
            elif row[0] == "ticket" and (ticket := tickets.of(row))["phase"] != _CLOSED:
                floor.put_ticket(ticket["id"], _placed(ticket))
        for name, hand in hands.items():
            own = (ticket for ticket in hand if floor.tickets[ticket].agent == name)  # not those it is consulted on
            floor.agents[name].hand = dict.fromkeys(own)
        floor.touched.clear()
        return floor


class _Named:
    """Reads of each row the values that a floor needs, by name."""

    _WANTED = (
        *("id", "name", "skills", "queues", "status", "reason", "hand", "team"),
        *("queue", "channel", "phase", "queued", "agent", "last", "since"),
    )

    def __init__(self, names: Sequence[str]) -> None:
        self._names = [name for name in self._WANTED if name in names]
        self._values = itemgetter(*(names.index(name) + 1 for name in self._names))

    def of(self, row: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self._names, self._values(row), strict=True))


def _person(agent: dict[str, Any]) -> tuple[str, Person, Iterable[str]]:
    person = Person(
        name=agent["name"],
        since=_moment(agent.get("since") or agent["last"]),
        skills=agent["skills"],
        access=None if agent["queues"] is None else frozenset(agent["queues"]),
        status=agent["status"],
        reason=agent["reason"],
        team=agent.get("team"),
    )
    return agent["id"], person, agent["hand"]


def _placed(ticket: dict[str, Any]) -> Placed:
    return Placed(
        queue=ticket["queue"],
        channel=ticket["channel"],
        waits_since=_moment(ticket["queued"]),
        since=_moment(ticket.get("since") or ticket["last"]),
        state=ticket["phase"],
        agent=ticket["agent"],
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
