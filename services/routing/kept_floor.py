"""A pool's floor, made of what is kept of the pool: the same as a fold of its events, without folding them."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from services.routing.domain.floor import Floor, Person, Placed
from services.routing.domain.state import Agent, Ticket
from services.routing.kept import KeptPool, default_of

_CLOSED = "resolved"


def _defaults(kind: type[Any], *names: str) -> dict[str, Any]:
    return {field.name: default_of(field) for field in fields(kind) if field.name in names}


_OF_AGENT = _defaults(Agent, "id", "name", "skills", "queues", "status", "reason", "hand", "team", "since")
_OF_TICKET = _defaults(Ticket, "id", "queue", "channel", "phase", "queued", "agent", "last", "since")


class KeptFloor:
    """Reads the rows of KeptPool."""

    version = KeptPool.version

    def state(self, rows: Iterable[Any]) -> Floor:
        """The floor of the pool that the rows were made of."""
        pool: dict[str, Any] = {}
        agents, tickets = dict[str, dict[str, Any]](), dict[str, dict[str, Any]]()
        for row in rows:
            if "pool" in row:
                pool = row["pool"]
            elif row["of"] == "agent":
                _put(agents, row, _OF_AGENT)
            elif row["of"] == "ticket":
                _put(tickets, row, _OF_TICKET)
        return _floor(pool, agents, tickets)


def _put(there: dict[str, dict[str, Any]], row: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Takes in the wanted values of the row's agents or tickets."""
    for name in row.get("gone", ()):
        there.pop(name, None)
    if columns := row.get("columns"):
        values = (columns.get(name, [default] * row["number"]) for name, default in wanted.items())
        for one in zip(*values, strict=True):
            found = dict(zip(wanted, one, strict=True))
            there[found["id"]] = found


def _floor(pool: dict[str, Any], agents: dict[str, dict[str, Any]], tickets: dict[str, dict[str, Any]]) -> Floor:
    floor = Floor()
    for name, queue in pool["queues"].items():
        floor.put_queue(name, queue["name"], queue["skills"])
    for name, agent in agents.items():
        floor.put_agent(name, _person(agent))
    for name, ticket in tickets.items():
        if ticket["phase"] != _CLOSED:
            floor.put_ticket(name, _placed(ticket))
    for name, agent in agents.items():
        hand = agent["hand"]  # also what it is consulted on
        floor.agents[name].hand = {ticket: None for ticket in hand if floor.tickets[ticket].agent == name}
    floor.touched.clear()
    return floor


def _person(agent: dict[str, Any]) -> Person:
    return Person(
        name=agent["name"],
        since=_moment(agent["since"]),
        skills=agent["skills"],
        access=None if agent["queues"] is None else frozenset(agent["queues"]),
        status=agent["status"],
        reason=agent["reason"],
        team=agent["team"],
    )


def _placed(ticket: dict[str, Any]) -> Placed:
    return Placed(
        queue=ticket["queue"],
        channel=ticket["channel"],
        waits_since=_moment(ticket["queued"]),
        since=_moment(ticket["since"] or ticket["last"]),
        state=ticket["phase"],
        agent=ticket["agent"],
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
