"""A partition of hub.agents.v1 as the metrics service keeps it, without a database."""

from collections.abc import Sequence

from services.metrics.domain.agents import AgentFold, Event
from services.metrics.domain.fold import Reach
from services.metrics.domain.ordering import place_of
from services.metrics.domain.presence import Presence
from services.metrics.presence_documents import place_id, presence_document, presence_of
from shared.mongo import Document


class StoredAgents:
    """What a partition's database would hold, and the state that goes with it."""

    def __init__(self) -> None:
        self.state = AgentFold()
        self.events: dict[str, Event] = {}
        self.presences: dict[str, Document] = {}
        self.quarters: dict[int, Reach] = {}

    def take(self, events: Sequence[Event]) -> None:
        """Folds the events, and stores what that changes."""
        unknown = {
            event.data.agent
            for event in self.state.out_of_place(events)
            if place_id(place_of(event)) not in self.events
        }
        known = self.events.values()
        changes = self.state.fold(
            events, {agent: [event for event in known if event.data.agent == agent] for agent in unknown}
        )
        for event in changes.events:
            assert place_id(place_of(event)) not in self.events
            self.events[place_id(place_of(event))] = event
        for presence in changes.presences.values():
            self.presences[place_id(presence.place)] = presence_document(presence)
        self.quarters |= changes.quarters

    def restart(self) -> None:
        """The state is put back from what is stored."""
        lasting = [presence_of(document) for document in self.presences.values() if document["size"] is None]
        self.state = AgentFold(last={presence.agent: presence for presence in lasting})

    def rows(self) -> dict[str, Presence]:
        """All presences."""
        return {f"presence {name}": presence_of(document) for name, document in self.presences.items()}
