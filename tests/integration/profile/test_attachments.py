"""Files that came with mails are handed out, and only what was described and may be seen."""

import hashlib
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from services.ingest.channels.mail_parts import body
from shared.contracts.content import Attachment
from shared.keyring import keyring_of
from shared.mails import parse
from shared.mongo import connect, database
from shared.originals import Originals
from shared.sealing import seal
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, entries
from tests.integration.running_service import RunningService
from tests.sealed_events import message
from tests.timeline_events import with_attachments

pytestmark = pytest.mark.asyncio(loop_scope="package")

RAW = Path("tests/fixtures/email/multipart_with_attachment.eml").read_bytes()
FILES = body(parse(RAW)).attachments


async def mailed(
    profile: RunningService,
    interactions: Ingested,
    ann: Person,
    files: tuple[Attachment, ...] = FILES,
    raw: bytes | None = RAW,
) -> str:
    """A mail as ingest takes it: its original is kept sealed, then its event is published. The event's id."""
    [event] = await interactions.publish(with_attachments(message("m-1", ann.email), files))
    if raw is not None:
        hashed = interactions.hashed(ann.email)
        async with connect(profile.servers.mongo) as client:
            keys = await keyring_of(client, profile.namespace, profile.directory).ensure([hashed])
            originals = Originals(database(client, profile.namespace, "originals"))
            await originals.keep(event, "c-1", hashed, seal(keys[hashed].cipher, event, raw))
    return event


async def test_a_file_is_handed_out_as_it_was_sent_and_never_as_a_page(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    event = await mailed(profile, interactions, ann)
    [entry] = await entries(agent, ann.email, 1)
    [told] = entry["content"]["attachments"]
    answer = await agent.get(f"/v1/timeline/{event}/attachments/{told['part']}")
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == told["size"]
    assert hashlib.sha256(answer.content).hexdigest() == told["sha256"]
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    async with connect(profile.servers.mongo) as client:
        looks = database(client, profile.namespace, "profile")["looks"]
        assert await looks.find_one({"what": f"GET /v1/timeline/{event}/attachments/{told['part']}", "who": "ann"})


async def test_what_is_not_there_is_told_apart(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    event = await mailed(profile, interactions, ann)
    await entries(agent, ann.email, 1)
    missing = await agent.get(f"/v1/timeline/{event}/attachments/99")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    unknown = "00000000-0000-5000-8000-000000000000"
    assert (await agent.get(f"/v1/timeline/{unknown}/attachments/1")).status_code == 404
    assert (await agent.get(f"/v1/timeline/{event}/attachments/-1")).status_code == 422
    assert (await agent.get("/v1/timeline/no-id/attachments/1")).status_code == 422


async def test_bytes_that_never_came_are_not_made_up(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    event = await mailed(profile, interactions, ann, raw=None)
    await entries(agent, ann.email, 1)
    answer = await agent.get(f"/v1/timeline/{event}/attachments/{FILES[0].part}")
    assert answer.status_code == 404
    assert "channel" in answer.json()["detail"]


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"size": 1}])
async def test_bytes_that_are_not_what_was_described_are_not_given_out(
    agent: httpx.AsyncClient,
    interactions: Ingested,
    profile: RunningService,
    ann: Person,
    change: dict[str, object],
) -> None:
    wrong = replace(FILES[0], **change)  # type: ignore[arg-type]  # each of the two is a field of its type
    event = await mailed(profile, interactions, ann, files=(wrong,))
    await entries(agent, ann.email, 1)
    assert (await agent.get(f"/v1/timeline/{event}/attachments/{wrong.part}")).status_code == 410


async def test_of_an_erased_person_no_file_is_left(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    event = await mailed(profile, interactions, ann)
    await entries(agent, ann.email, 1)
    async with connect(profile.servers.mongo) as client:
        await database(client, profile.namespace, "keys")["keys"].delete_one({"_id": interactions.hashed(ann.email)})
    assert (await agent.get(f"/v1/timeline/{event}/attachments/{FILES[0].part}")).status_code == 410
