"""Somebody is erased between the moment their message is opened and the moment it is written."""

from collections.abc import AsyncIterator, Sequence
from typing import cast

import pytest

from services.profile.application import TimelineProjection
from services.profile.asking import Asking
from services.profile.domain.rules import Classifier, Rules
from services.profile.domain.timeline import Entry
from services.profile.matching import Matching
from services.profile.store import Store
from shared.consuming import Record
from shared.contracts.codec import interactions
from shared.keyring import Keyring
from shared.mongo import Document, connect, database
from shared.publishing import Publisher
from tests.conftest import Servers
from tests.sealed_events import MOMENT, Sealer, message

ANN = "email:ann@x.org"

CLASSIFIER = Classifier(Rules())


class ErasedInBetween(Store):
    """Views in which everybody is erased just before their entries are written."""

    async def insert_entries(self, entries: Sequence[Entry]) -> None:
        await self.erase([entry["identity"] for entry in entries], MOMENT)
        await super().insert_entries(entries)


@pytest.fixture
async def taken(servers: Servers, namespace: str) -> AsyncIterator[Store]:
    """The views after one message of somebody who was erased while it was being taken."""
    async with connect(servers.mongo) as client:
        store = ErasedInBetween(database(client, namespace, "views"))
        keyring = Keyring(database(client, namespace, "keys")["keys"], lambda: [bytes(32)])
        sealer = Sealer(keyring, await keyring.hasher())
        [outgoing] = await sealer.outgoing([message("m", ANN, "Hello", name="Ann", at=MOMENT)])
        projection = TimelineProjection(
            keyring, store, Asking(cast("Publisher", None)), CLASSIFIER, Matching(store, CLASSIFIER)
        )
        event = interactions.decode(outgoing.value)
        assert await projection.take([Record(event, "topic", 0, 0)]) == []
        yield store
        for name in ("views", "keys"):
            await client.drop_database(database(client, namespace, name).name)


async def test_nothing_of_them_stays(taken: Store) -> None:
    entry = cast("Document", await taken.timeline.find_one({}))
    assert (entry["content"], entry["erased"]) == ({}, True)
    [identity] = await taken.identities.find({}).to_list()
    assert (identity["identity"], identity["names"]) == (None, [])
