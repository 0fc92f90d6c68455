"""Rows of tickets and agents as both logs come in."""

from collections.abc import Sequence
from typing import Any

from services.metrics.domain.dimensions import Row
from tests.unit.metrics.stored import Stored
from tests.unit.metrics.stored_agents import StoredAgents


class ComingRows:
    """What the events so far come to."""

    def __init__(self) -> None:
        self._tickets, self._agents = Stored(), StoredAgents()
        self._known: dict[str, Row] = {}

    def take(self, events: Sequence[Any]) -> dict[str, Row]:
        """The rows that are new or other ones now, by name."""
        self._tickets.take([event for event in events if event.type.startswith("hub.ticket")])
        self._agents.take([event for event in events if event.type.startswith("hub.agent")])
        rows: dict[str, Row] = {**self._tickets.rows(), **self._agents.rows()}
        changed = {name: row for name, row in rows.items() if self._known.get(name) != row}
        self._known |= changed
        return changed
