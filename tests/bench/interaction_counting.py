"""How many interactions a second metrics decodes and counts into MongoDB: `python -m tests.bench.interaction_counting`.

HUB_TEST_MONGO names a running server. Events as sealed records of about 1 KB, of 8 partitions and 4 channels: `rush` at
14,000 events a second, `sparse` at one a second, `again` the rush a second time, of which nothing counts.
"""

import asyncio
import os
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from time import perf_counter, process_time

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.metrics.interaction_store import InteractionStore
from services.metrics.interactions import InteractionFigures
from services.metrics.store import KpiStore
from shared.auth import now_utc
from shared.consuming import Record
from shared.contracts.codec import DecodeError, interactions
from shared.contracts.interactions import SealedInteraction
from shared.mongo import connect, database
from shared.sealing import seal
from tests.sealed_events import MOMENT, message

EVENTS = 60_000
BATCH = 2_000
_PARTITIONS = 8
_CHANNELS = ("email", "chat", "social", "forum")
_CIPHER = AESGCM(bytes(32))
_TEXT = b"Good morning, my parcel has not arrived yet. " * 10


def records(prefix: str, gap: timedelta) -> list[bytes]:
    """Sealed events as they stand in Kafka, one each `gap`."""
    made: list[bytes] = []
    for number in range(EVENTS):
        channel = _CHANNELS[number % len(_CHANNELS)]
        plain = message(f"{prefix}-{number}", "email:ann@x.example", channel=channel, at=MOMENT + number * gap)
        data = replace(plain.data, identity="0" * 32, content=seal(_CIPHER, plain.id, _TEXT))  # type: ignore[arg-type]  # sealed
        made.append(interactions.encode(replace(plain, data=data)))  # type: ignore[arg-type]  # its content is sealed
    return made


def batch_of(values: Sequence[bytes], start: int) -> list[Record[SealedInteraction]]:
    """The records decoded, from the offset `start` on in each partition."""
    return [
        Record(event, "", number % _PARTITIONS, start + number // _PARTITIONS)
        for number, event in enumerate(interactions.decode_all(values))
        if not isinstance(event, DecodeError)
    ]


async def main() -> None:
    """Measures and tells."""
    async with connect(os.environ["HUB_TEST_MONGO"]) as client:
        own = database(client, f"bench-{uuid.uuid4().hex[:8]}", "metrics")
        await KpiStore(client, own, client.start_session()).prepare()
        store = InteractionStore(client, own, client.start_session())
        await store.prepare()
        figures = InteractionFigures(store, now_utc)
        rush = records("rush", timedelta(seconds=1 / 14_000))
        offset = 0
        for name, values in (("rush", rush), ("sparse", records("sparse", timedelta(seconds=1))), ("again", rush)):
            began, spent = perf_counter(), process_time()
            for start in range(0, EVENTS, BATCH):
                await figures.take(batch_of(values[start : start + BATCH], offset))
                offset += BATCH
            seconds = perf_counter() - began
            print(f"{name}: {EVENTS / seconds:,.0f} events/s, {(process_time() - spent) / seconds:.0%} of a core")
        sizes = {name: await own.command("collStats", name) for name in ("counted_interactions", "interaction_minutes")}
        for name, stats in sizes.items():
            print(f"{name}: {stats['count']:,} documents of {stats['avgObjSize']} bytes")
        await client.drop_database(own.name)


if __name__ == "__main__":
    asyncio.run(main())
