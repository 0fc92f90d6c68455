"""Whoever was erased is found by nothing that was told before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

import httpx
import pytest

from services.profile.indexing import WordIndex
from services.profile.store import Store
from shared.consuming import Record
from shared.contracts.codec import interactions as codec
from shared.contracts.envelope import event_id
from shared.keyring import Key, Keyring, keyring_of
from shared.mongo import connect, database
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, ingested, popped
from tests.integration.profile.searches import asked, found, found_at_last, opened
from tests.integration.running_service import RunningService
from tests.sealed_events import MOMENT, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_an_erased_person_is_found_by_nothing_until_a_new_contact(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    word, ticket = f"word{ann.surname}", event_id("/conversations/tickets", ann.surname)
    hashes = interactions.hashed(ann.email), interactions.hashed(ann.phone)
    written = await interactions.sealed(message("m-1", ann.email, f"{word} blue", name=f"Ann {ann.surname}"))
    await interactions.publish_raw(*written)
    await interactions.publish(identified("i-1", ann.email, [ann.phone]))
    await interactions.publish_tickets(opened(ticket, hashes[0]))
    known = (ann.email, ann.email[6:-4], ann.phone, ann.phone[-6:], ann.surname, ticket, f"#{ticket[:8]}", word)
    await popped(agent, ann.email, identities=2)
    for typed in known:
        await found_at_last(agent, typed, [ann.email])

    customer = (await asked(agent, ann.email))["items"][0]["id"]
    async with profile.client("admin", "root") as admin:
        erased = datetime.fromisoformat((await admin.delete(f"/v1/customers/{customer}")).json()["erased"])
    for typed in known:
        await found_at_last(agent, typed, [])
    async with connect(profile.servers.mongo) as client:
        words = database(client, profile.namespace, "profile")["words"]
        assert await words.count_documents({"identity": {"$in": hashes}}) == 0

    await interactions.publish_raw(*written)
    async with ingested(profile) as later:
        await later.publish(
            message("m-2", ann.visitor, f"{word} fence", at=erased),
            message("m-3", ann.email, f"late {word}", at=erased, recorded=erased + timedelta(minutes=1)),
            message("m-4", ann.email, f"{word} anew", at=erased + timedelta(minutes=1)),
        )
    await found_at_last(agent, word, [ann.email, ann.visitor])
    assert await found(agent, f"{word} blue") == []
    assert await found(agent, f"{word} late") == []
    assert await found(agent, ann.phone) == []
    assert await found(agent, f"Ann {ann.surname}") == []
    assert await found(agent, ann.email) == [ann.email]


class Remembered:
    """A keyring that has not noticed yet what was erased."""

    def __init__(self, keys: dict[str, Key]) -> None:
        self._keys = keys

    async def find(self, _: Iterable[str], *, anew: bool = False) -> dict[str, Key]:
        assert not anew
        return self._keys


async def test_what_was_opened_just_before_an_erasure_is_not_indexed_after_it(
    profile: RunningService, interactions: Ingested, ann: Person
) -> None:
    _, sealed = await interactions.sealed(message("m-1", ann.visitor, f"word{ann.surname}"))
    hashed = interactions.hashed(ann.visitor)
    async with connect(profile.servers.mongo) as client:
        store = Store(database(client, profile.namespace, "profile"))
        keys = await keyring_of(client, profile.namespace, profile.directory).find([hashed])
        index = WordIndex(cast("Keyring", Remembered(keys)), store, lambda: 0)
        for erased in (MOMENT - timedelta(hours=1), MOMENT):
            await store.erase([hashed], erased)
            await index.take([Record(codec.decode(sealed), "topic", 0, 0)])
            assert await store.words.count_documents({"identity": hashed}) == (erased < MOMENT)
