"""Kept sums of complaints against a count of the complaints themselves, on a real MongoDB."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import get_args

import pytest
import pytest_asyncio
from pymongo.asynchronous.database import AsyncDatabase

from services.routing.complaint_store import (
    OPEN_STAGES,
    SUMS,
    create_complaint_indexes,
    open_by_age,
    received_between,
    write_complaints,
)
from services.routing.domain.complaint_progress import AgeBand, CauseFigures, cohort
from shared.mongo import Document, connect, database
from tests.conftest import Servers

pytestmark = pytest.mark.asyncio(loop_scope="package")

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = [f"t{number}" for number in range(40)]


@pytest_asyncio.fixture(loop_scope="package")
async def views(servers: Servers, namespace: str) -> AsyncIterator[AsyncDatabase[Document]]:
    """An empty database."""
    async with connect(servers.mongo) as client:
        views = database(client, namespace, "sums")
        await create_complaint_indexes(views)
        yield views
        await client.drop_database(views)


def complaint(name: str, sequence: int, chance: random.Random, pool: str = "main") -> Document:
    """A complaint as the view has it, in any stage."""
    received = NOW - timedelta(seconds=chance.randrange(6 * 86_400))
    acknowledged = received + timedelta(seconds=chance.randrange(1, 90_000)) if chance.random() < 0.8 else None
    answered = acknowledged + timedelta(seconds=chance.randrange(90_000)) if acknowledged else None
    stage = chance.choice([*OPEN_STAGES, "accepted", "revoked", "moved"]) if answered else "received"
    over = stage in ("accepted", "revoked", "moved")
    return {
        "_id": name,
        "pool": pool,
        "sequence": sequence,
        "stage": stage,
        "received": received,
        "cause": chance.choice([None, "delivery", "a.b $c"]),
        "remedy": chance.choice([None, "refund"]),
        "acknowledged": acknowledged,
        "answered": answered,
        "ended": answered + timedelta(seconds=60) if answered and over else None,
        "reopened": chance.randrange(3),
        "acknowledge_due": chance.choice([None, received]),
        "answer_due": chance.choice([None, received]),
        "late": sorted(chance.sample(["acknowledge", "answer"], chance.randrange(3))),
    }


def versions(seed: int) -> list[Document]:
    """The same complaints again and again, as they change."""
    chance = random.Random(seed)
    return [complaint(chance.choice(NAMES), sequence, chance) for sequence in range(1, 160)]


async def figures_hold(views: AsyncDatabase[Document], since: datetime, until: datetime) -> None:
    """Whether the figures are those of the complaints, counted one by one."""
    figures = cohort(await received_between(views, "main", since, until))
    given = await views["complaints"].find({"pool": "main", "received": {"$gte": since, "$lt": until}}).to_list()
    valid = [one for one in given if one["stage"] not in ("revoked", "moved")]
    assert figures.received == len(valid)
    assert figures.accepted == len([one for one in valid if one["stage"] == "accepted"])
    assert figures.reopened == len([one for one in valid if one["reopened"]])
    assert figures.revoked == len([one for one in given if one["stage"] == "revoked"])
    assert figures.moved == len([one for one in given if one["stage"] == "moved"])
    pairs = [(one["cause"], one["remedy"]) for one in valid]
    not_over = [(one["cause"], one["remedy"]) for one in valid if one["stage"] != "accepted"]
    assert {(one.cause, one.remedy): one for one in figures.causes} == {
        pair: CauseFigures(cause=pair[0], remedy=pair[1], total=pairs.count(pair), open=not_over.count(pair))
        for pair in pairs
    }
    for one, done in zip(figures.deadlines, ("acknowledged", "answered"), strict=True):
        late = [each for each in valid if one.deadline in each["late"]]
        kept = [each for each in valid if each not in late and each[f"{one.deadline}_due"]]
        assert one.late == len(late)
        assert one.in_time == len([each for each in kept if each[done]])
        assert one.waiting == len([each for each in kept if not each[done]])
    _medians_hold(valid, [figures.medians.acknowledged_s, figures.medians.answered_s, figures.medians.accepted_s])


def _medians_hold(valid: Sequence[Document], told: Sequence[float | None]) -> None:
    for one, reached in zip(told, ("acknowledged", "answered", "ended"), strict=True):
        spans = [(each[reached] - each["received"]).total_seconds() for each in valid if each[reached]]
        assert one == (pytest.approx(median(spans), rel=0.006) if spans else None)


@pytest.mark.parametrize("seed", range(3))
async def test_figures_of_any_time_are_those_of_its_complaints(views: AsyncDatabase[Document], seed: int) -> None:
    documents = versions(seed)
    chance = random.Random(seed)
    while documents:
        many = chance.randrange(1, 20)
        batch = {document["_id"]: document for document in documents[:many]}
        documents = documents[many:]
        await write_complaints(views, list(batch.values()))
    await write_complaints(views, [complaint("other", 1, chance, pool="other")])
    day = datetime(2026, 11, 20, tzinfo=UTC)
    hour = timedelta(hours=1)
    for since, until in (
        (NOW - timedelta(days=90), NOW),
        (NOW - timedelta(days=3), NOW - hour),
        (day, day + 24 * hour),
        (day + hour, day + 2 * hour),
        (day + hour, day + 30 * hour),
        (day - hour, day + 30 * hour),
    ):
        await figures_hold(views, since, until)


async def test_complaints_that_two_write_at_once_and_again_are_counted_once(views: AsyncDatabase[Document]) -> None:
    documents = versions(7)

    async def write() -> None:
        for start in range(0, len(documents), 10):
            latest = {document["_id"]: document for document in documents[start : start + 10]}
            await write_complaints(views, list(latest.values()))

    await asyncio.gather(write(), write())
    await write()
    await write_complaints(views, documents[:1])
    await figures_hold(views, NOW - timedelta(days=90), NOW)
    assert {one["_id"]: one["sequence"] async for one in views["complaints"].find()} == {
        document["_id"]: document["sequence"] for document in documents
    }


async def test_the_time_that_is_asked_for_does_not_read_what_lies_outside(views: AsyncDatabase[Document]) -> None:
    await write_complaints(views, [complaint(name, 1, random.Random(name)) for name in NAMES])
    await views["complaints"].drop()
    day = datetime(2026, 11, 19, tzinfo=UTC)
    kept = cohort(await received_between(views, "main", day, day + timedelta(days=2)))
    assert kept.received + kept.revoked + kept.moved > 0, "whole days are told from the sums alone"
    assert await views[SUMS].count_documents({}) > 0


async def test_a_complaint_grows_into_the_next_band_at_its_end(views: AsyncDatabase[Document]) -> None:
    ages = (0, 0.99, 1, 2.9, 3, 7, 14, 27.9, 28, 400)
    chance = random.Random(1)
    await write_complaints(
        views,
        [
            complaint(f"t{age}", 1, chance) | {"stage": "received", "received": NOW - timedelta(days=age)}
            for age in ages
        ],
    )
    assert await open_by_age(views, "main", NOW) == {
        ("received", band): count for band, count in zip(get_args(AgeBand), (2, 2, 1, 1, 2, 2), strict=True)
    }
    assert await open_by_age(views, "other", NOW) == {}
