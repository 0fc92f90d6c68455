"""What one agent does at the hub: the agent's own API and live stream, and replies to customers."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal

from deploy.local.simulation.live.access import Access, Addresses, Unanswered
from deploy.local.simulation.live.stream import StreamEvent, follow

Act = Literal["accept", "decline", "hold", "resume", "wrap-up", "resolve"]
_TOO_LATE = {404, 409}
_UNREACHABLE = {404, 409, 501}
"""Nobody is there any more, or the hub cannot send on this channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as its agent sees it."""

    id: str
    conversation: str
    channel: str
    queue: str


class Desk:
    """agent: the id for whom `access` speaks. name: for people."""

    def __init__(self, agent: str, name: str, access: Access, addresses: Addresses) -> None:
        self.agent = agent
        self.name = name
        self._access = access
        self._addresses = addresses

    async def status(self, status: str) -> None:
        """Takes this status; Unanswered if the hub refuses."""
        await self._access.put(f"{self._addresses.routing}/v1/agents/{self.agent}/status", {"status": status})

    async def act(self, ticket: str, act: Act) -> Ticket | None:
        """Does something with the ticket. None when it is too late: the customer left, or somebody else has it."""
        try:
            shown = await self._access.post(f"{self._addresses.routing}/v1/tickets/{ticket}/{act}", {})
        except Unanswered as unanswered:
            if unanswered.status in _TOO_LATE:
                return None
            raise
        return Ticket(
            id=shown["id"], conversation=shown["conversation"], channel=shown["channel"], queue=shown["queue"]
        )

    async def in_hand(self) -> list[str]:
        """The tickets that the agent is offered or has."""
        url = f"{self._addresses.routing}/v1/tickets"
        pages = [await self._access.get(url, agent=self.agent, state=state) for state in ("active", "held", "wrapup")]
        return [item["id"] for page in pages for item in page["items"]]

    async def reply(self, conversation: str, text: str, own_id: str) -> bool:
        """Answers the customer on the conversation's channel. False when the hub cannot reach them (any more)."""
        body = {"text": text, "id": own_id}
        try:
            await self._access.post(f"{self._addresses.ingest}/v1/conversations/{conversation}/messages", body)
        except Unanswered as unanswered:
            if unanswered.status in _UNREACHABLE:
                return False
            raise
        return True

    def events(self, on_break: Callable[[Unanswered], None]) -> AsyncGenerator[StreamEvent]:
        """What happens to this agent, live and without end."""
        return follow(self._access, f"{self._addresses.routing}/v1/agents/{self.agent}/stream", on_break)
