"""Comparing those who share a key, on a real MongoDB: a crowded key, a failure before the suggestions are out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from deploy.local.secret_files import make_secrets
from services.profile.application import TimelineProjection
from services.profile.asking import Asking, commands
from services.profile.domain.attributes import Statement
from services.profile.domain.commands import LinkIdentities
from services.profile.domain.identities import Sighting
from services.profile.domain.matching import MOST_OF_A_KEY, MOST_SUGGESTED
from services.profile.domain.rules import Classifier, Rules
from services.profile.matching import Matching, Told
from services.profile.store import Store
from shared.consuming import Record
from shared.contracts.codec import interactions
from shared.keyring import keyring_of
from shared.mongo import connect, database
from shared.publishing import NotPublished, Outgoing, Publisher
from shared.sealing import Hasher
from tests.conftest import Servers
from tests.sealed_events import MOMENT, Sealer, identified

CLASSIFIER = Classifier(Rules())


@asynccontextmanager
async def a_store(servers: Servers, namespace: str) -> AsyncIterator[Store]:
    """The namespace's views."""
    async with connect(servers.mongo) as client:
        store = Store(database(client, namespace, "profile"))
        await store.create_indexes()
        yield store


async def told(store: Store, identity: str, **attributes: str) -> Told:
    """Writes down what an event tells of an identity."""
    event = f"about {identity}"
    await store.note_identities([Sighting(hashed=identity, identity=f"forum:{identity}", name=None)])
    made = [
        Statement(identity=identity, name=name, value=value, at=MOMENT, source="import", by=None, event=event)
        for name, value in attributes.items()
    ]
    await store.note_attributes(made)
    return Told(identity=identity, cause=event, at=MOMENT)


async def test_nobody_is_compared_by_a_placeholder_any_more(servers: Servers, namespace: str) -> None:
    async with a_store(servers, namespace) as store:
        matching = Matching(store, CLASSIFIER)
        everybody = [await told(store, f"p{number}", name="Ann Lee", postcode="00000") for number in range(60)]
        few = await matching.suggestions(everybody[:30])
        assert 0 < len(few) <= 30 * MOST_SUGGESTED
        assert await matching.suggestions(everybody[30:]) == []
        assert await store.crowded_keys.count_documents({}) == 2
        assert len(everybody) > MOST_OF_A_KEY
        assert await matching.suggestions([await told(store, "late", name="Ann Lee", postcode="00000")]) == []
        for one in everybody[:2]:
            await told(store, one.identity, birthday="1980-12-24")
        (found,) = await matching.suggestions(everybody[:2])
        assert (found.first, found.second) == ("p0", "p1")


async def test_of_two_who_are_told_in_either_order_one_finds_the_other(servers: Servers, namespace: str) -> None:
    async with a_store(servers, namespace) as store:
        one, other = [await told(store, name, name="Ann Lee", postcode="24103") for name in ("a", "b")]
        assert await Matching(store, CLASSIFIER).suggestions([one]) == []
        (found,) = await Matching(store, CLASSIFIER).suggestions([other])
        assert (found.first, found.second, found.cause) == ("a", "b", "about b")
        assert await Matching(store, CLASSIFIER).suggestions([other]) == [found]


async def test_what_is_gone_is_compared_no_more(servers: Servers, namespace: str) -> None:
    async with a_store(servers, namespace) as store:
        one, other = [await told(store, name, name="Ann Lee", postcode="24103") for name in ("a", "b")]
        await Matching(store, CLASSIFIER).suggestions([one])
        await store.erase(["a"], MOMENT + timedelta(hours=1))
        await Matching(store, CLASSIFIER).renew(["a"])
        assert await Matching(store, CLASSIFIER).suggestions([other]) == []
        assert await store.likeness.distinct("_id") == ["b"]


class Overtaken:
    """The collection of what is compared, where somebody is erased just before the first write."""

    def __init__(self, store: Store, erased: str) -> None:
        self._store = store
        self._likeness = store.likeness
        self._waiting = [erased]

    async def bulk_write(self, *asked: Any, **options: Any) -> None:  # noqa: ANN401 (whatever PyMongo takes)
        if self._waiting:
            await self._store.erase([self._waiting.pop()], MOMENT + timedelta(hours=1))
        await self._likeness.bulk_write(*asked, **options)


async def test_an_erasure_that_overtakes_a_comparison_leaves_nothing(servers: Servers, namespace: str) -> None:
    async with a_store(servers, namespace) as store:
        await told(store, "a", name="Ann Lee", postcode="24103")
        likeness = store.likeness
        store.likeness = cast("Any", Overtaken(store, "a"))
        assert await Matching(store, CLASSIFIER).renew(["a"]) == {}
        assert await likeness.count_documents({}) == 0


class Outbox:
    """A publisher that fails as often as it is told to."""

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self.found: list[LinkIdentities] = []

    async def publish(self, _: object, records: list[Outgoing]) -> None:
        if self._failures:
            self._failures -= 1
            raise NotPublished("hub.customer-commands.v1", TimeoutError())
        decided = [commands.decode(record.value) for record in records]
        self.found += [one for one in decided if isinstance(one, LinkIdentities) and one.score is not None]


@pytest.mark.parametrize("restarted", [False, True])
async def test_what_could_not_be_asked_is_asked_when_the_events_come_again(
    servers: Servers, namespace: str, tmp_path: Path, restarted: bool
) -> None:
    async with a_store(servers, namespace) as store, connect(servers.mongo) as client:
        make_secrets(tmp_path)
        keyring = keyring_of(client, namespace, tmp_path)
        outbox = Outbox(failures=1)
        ports = keyring, store, Asking(cast("Publisher", outbox)), CLASSIFIER, Matching(store, CLASSIFIER)
        attributes = {"name": "Ann Lee", "postcode": "24103"}
        plain = [
            identified(name, f"forum:{name}", [f"device:{name}"], attributes=attributes, conversation=name)
            for name in ("a", "b")
        ]
        sealed = await Sealer(keyring, Hasher(bytes(32))).outgoing(plain)
        records: list[Record[Any]] = [
            Record(interactions.decode(one.value), "topic", 0, place) for place, one in enumerate(sealed)
        ]
        projection = TimelineProjection(*ports)
        with pytest.raises(NotPublished):
            await projection.take(records)
        assert outbox.found == []
        await (TimelineProjection(*ports) if restarted else projection).take(records)
        assert len(outbox.found) == 1
