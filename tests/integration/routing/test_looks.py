"""Every look at what stands in a customer's tickets is in the audit log: who, when, at whom and why."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.auth import now_utc
from shared.contracts.values import to_milliseconds
from shared.looks import REASON
from shared.publishing import Publisher
from tests.integration.routing.centre import Centre, Json
from tests.integration.routing.test_notes import opened, write
from tests.integration.routing.writers import Writers

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def writers(publisher: Publisher, centre: Centre) -> AsyncIterator[Writers]:
    """The centre's customers."""
    async with Writers.of(publisher, centre) as writers:
        yield writers


async def looks(centre: Centre, **asked: str) -> list[Json]:
    """What the audit log says, the newest first."""
    answer = await centre.client.get("/v1/looks", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found


async def test_every_look_at_what_was_written_is_in_the_audit_log(centre: Centre, writers: Writers) -> None:
    ticket = await opened(centre, writers)
    customer = (await centre.tickets())[0]["customer"]
    before = to_milliseconds(now_utc())
    async with centre.as_("agent", centre.ann) as ann:
        assert (await write(ann, ticket, "She moved house.")).status_code == 201
        assert (await ann.post(f"/v1/tickets/{ticket}/complaint")).status_code == 200
        assert await looks(centre, customer=customer) == [], "writing is in the decision log"
        for path in (f"tickets/{ticket}/notes", f"tickets/{ticket}/complaint", f"tickets/{ticket}/history"):
            answer = await ann.get(f"/v1/{path}", headers={REASON: "She has called"})
            assert answer.status_code == 200, answer.text
        assert (await ann.get("/v1/complaints", params={"pool": centre.pool})).status_code == 200
        assert (await ann.get("/v1/tickets", params={"customer": customer})).status_code == 200
        assert (await ann.get(f"/v1/tickets/{ticket}")).status_code == 200, "it tells nothing of the person"
    found = await looks(centre, customer=customer)
    assert [(one["what"], one["why"]) for one in found] == [
        ("GET /v1/tickets", None),
        ("GET /v1/complaints", None),
        (f"GET /v1/tickets/{ticket}/history", "She has called"),
        (f"GET /v1/tickets/{ticket}/complaint", "She has called"),
        (f"GET /v1/tickets/{ticket}/notes", "She has called"),
    ]
    assert {(one["who"], one["role"], *one["customers"]) for one in found} == {(centre.ann, "agent", customer)}
    assert await looks(centre, who=centre.ann, to=before.isoformat()) == []
    assert len(await looks(centre, **{"who": centre.ann, "from": before.isoformat()})) == 5
    page = (await centre.client.get("/v1/looks", params={"who": centre.ann, "limit": 2})).json()
    rest = await looks(centre, who=centre.ann, before=page["next"])
    assert [*page["items"], *rest] == found


async def test_what_is_not_there_was_not_looked_at(centre: Centre) -> None:
    async with centre.as_("agent", centre.bob) as bob:
        assert (await bob.get("/v1/tickets/none/notes")).status_code == 404
        assert (await bob.get("/v1/complaints", params={"pool": centre.pool})).json()["items"] == []
    assert await looks(centre, who=centre.bob) == []


async def test_the_audit_log_is_not_for_everybody_and_wants_sensible_questions(centre: Centre) -> None:
    async with centre.as_("agent", centre.ann) as ann:
        assert (await ann.get("/v1/looks")).status_code == 403
    for asked in ({"customer": "Ann"}, {"before": "nonsense"}, {"from": "yesterday"}, {"limit": "0"}):
        answer = await centre.client.get("/v1/looks", params=asked)
        assert answer.status_code == 422, asked
