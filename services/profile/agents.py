"""In which pool each agent is, from hub.agents.v1: whoever may not see everybody sees their own pool's customers."""

from collections.abc import Sequence

from pymongo import UpdateOne

from services.profile.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.agents import AgentEvent, AgentSignedIn
from shared.contracts.decided import Decided
from shared.mongo import unless_later


class AgentProjection:
    """Keeps the pool that each agent signed in to last."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, records: list[Record[Decided[AgentEvent]]]) -> Sequence[Rejected[Decided[AgentEvent]]]:
        """Writes the pools; an event that comes again or late changes nothing."""
        writes = [
            _joined(data, record.event.recordedtime.isoformat())
            for record in records
            if isinstance(data := record.event.data, AgentSignedIn)
        ]
        if writes:
            await self._store.agents.bulk_write(writes)
        return ()


def _joined(event: AgentSignedIn, decided: str) -> UpdateOne:
    return unless_later({"_id": event.agent, "pool": event.pool, "decided": decided}, "decided")
