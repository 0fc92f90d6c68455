"""What agents can do at once, and what contacts take of it, stands in the events."""

from services.routing.domain.commands import SetStatus
from services.routing.domain.configuration import AgentConfigured, AgentSettings
from shared.contracts.agents import AgentStatusChanged
from tests.unit.routing.scenario import EIGHT, done, given, signed_in


def test_the_status_tells_the_agents_own_capacity() -> None:
    pool = given(
        AgentConfigured(pool="main", agent="ann", at=EIGHT, settings=AgentSettings(name="Ann", units=12)),
        signed_in("ann"),
    )
    (told,) = [
        event
        for event in done(pool, SetStatus(agent="ann", status="available"), at=9)
        if isinstance(event, AgentStatusChanged)
    ]
    assert told.capacity == 12
