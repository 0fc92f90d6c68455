"""A kill lets decisions be carried on to the view a second time, perhaps after later ones: that changes nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.profile.customers_view import CustomersView
from services.profile.store import VIEWS, Store
from shared.contracts.customers import CustomerEvent, IdentityLinked, IdentitySplit, Side
from shared.contracts.envelope import event_id
from shared.decisions import Entry
from shared.mongo import connect, database
from tests.conftest import Servers
from tests.sealed_events import MOMENT

ANN, BOB = "a" * 32, "b" * 32
CLAIM = event_id("/claims", "one")
MAIL = Side(kind="email", standing="strong")


@pytest.fixture
async def store(servers: Servers, namespace: str) -> AsyncIterator[Store]:
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "views")
        yield Store(own)
        await client.drop_database(own.name)


def linked(claim: str = CLAIM) -> CustomerEvent:
    return IdentityLinked(
        identity=ANN,
        also=BOB,
        at=MOMENT,
        evidence="agent",
        cause="/requests/sue",
        claim=claim,
        claimed=MOMENT,
        of=MAIL,
        of_also=MAIL,
        sure=True,
    )


def split() -> CustomerEvent:
    return IdentitySplit(identity=ANN, at=MOMENT, split=(BOB,), withdrawn=(CLAIM,), by="sue")


def decision(sequence: int, *events: CustomerEvent) -> Entry[CustomerEvent]:
    return Entry(
        stream="identities",
        sequence=sequence,
        position=sequence,
        at=MOMENT + timedelta(seconds=sequence),
        outcomes=(),
        events=tuple((CLAIM, event) for event in events),
    )


async def shown(store: Store) -> dict[str, list[Any]]:
    return {view: await store.database[view].find().sort("_id", 1).to_list() for view in VIEWS}


async def test_a_link_that_was_taken_back_in_the_same_decision_links_nobody(store: Store) -> None:
    view = CustomersView(store)
    for _ in range(2):
        await view.follow([decision(1, linked(), split())])
        assert [claim["outcome"] for claim in await store.claims.find().to_list()] == ["withdrawn"]
        assert await store.customers.find_one({"until": None, "members": [ANN, BOB]}) is None


async def test_a_repeated_split_takes_back_nothing_that_was_linked_after_it(store: Store) -> None:
    view, decisions = CustomersView(store), [decision(1, linked()), decision(2, split()), decision(3, linked())]
    await view.follow(decisions)
    once = await shown(store)
    assert await store.customers.find_one({"until": None, "members": [ANN, BOB]})
    for repeated in (decisions[1:], decisions[1:2], decisions):
        await view.follow(repeated)
        assert await shown(store) == once
