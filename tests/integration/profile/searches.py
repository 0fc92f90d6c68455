"""What tests ask of the search, and a ticket to be found."""

from collections.abc import Sequence

import httpx

from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent, TicketOpened
from tests.eventually import eventually
from tests.integration.running_service import Json
from tests.oracle.histories import decided
from tests.sealed_events import MOMENT, conversation_id


async def asked(agent: httpx.AsyncClient, text: str, **more: str) -> Json:
    """The answer to a question."""
    answer = await agent.get("/v1/customers", params={"q": text, **more})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def found(agent: httpx.AsyncClient, text: str) -> list[str]:
    """The first identity of each customer on the first page."""
    return [customer["identities"][0]["identity"] for customer in (await asked(agent, text))["items"]]


async def found_at_last(agent: httpx.AsyncClient, text: str, expected: Sequence[str]) -> None:
    """Waits until exactly these customers are found: words are indexed a little later than the timeline."""
    seen: list[str] = []

    async def look() -> bool:
        seen[:] = await found(agent, text)
        return seen == list(expected)

    await eventually(look, what=f"{text} finding {expected}, not {seen}")


def opened(ticket: str, hashed: str) -> Decided[TicketEvent]:
    """A ticket begins."""
    begun = TicketOpened(
        ticket=ticket,
        at=MOMENT,
        pool="main",
        conversation=conversation_id("first"),
        channel="email",
        identity=hashed,
        priority=3,
    )
    return decided(begun, f"pool/{ticket}", 1, 0)
