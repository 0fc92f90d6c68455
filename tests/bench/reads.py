"""Reading a timeline of ten identities among a million entries (or ten million), beside the same find by the driver.

    python -m tests.bench.reads [ENTRIES …]        with HUB_TEST_KAFKA and HUB_TEST_MONGO naming running servers

The entries have the shape that the projection gives them: mails, chats and calls in turn, a hundred of each identity,
spread over all the time. Every read is of another customer, whose newest fifty entries are asked for: once by the
driver's find, once by the service's own reader (which also looks for edits, receipts and the legs of calls), and once
over HTTP as a screen pop (which finds the customer first and notes the look in the audit log), by the plainest client
there is. They take turns, so whatever slows one of them slows the others too.
"""

import asyncio
import os
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import orjson
import uvloop

from deploy.local.services import service
from services.profile.domain.identities import Sighting, documents
from services.profile.domain.timeline import Entry, entry
from services.profile.domain.wanted import Wanted
from services.profile.store import Store
from services.profile.timelines import Timelines
from shared.keyring import keyring_of
from shared.mongo import connect, database
from shared.sealing import Hasher
from tests.bench.rows import Row, machine_load
from tests.e2e.running_hub import RunningHub, running_hub
from tests.sealed_events import MOMENT, call, message

MILLION = 1_000_000
_OF_CUSTOMER = 10
_OF_IDENTITY = 100
_PAGE = 50
_WARM = 50
_TEXT = "Good morning, my parcel has not arrived yet. Could you find out where it is? Thank you and kind regards. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds of each read, sorted."""

    driver: list[float]
    reader: list[float]
    pop: list[float]


def p50(times: Sequence[float]) -> float:
    """In milliseconds."""
    return 1_000 * times[len(times) // 2]


def p99(times: Sequence[float]) -> float:
    """In milliseconds."""
    return 1_000 * times[int(len(times) * 0.99)]


async def measure(hub: RunningHub, entries: int = MILLION, reads: int = 1_000) -> Times:
    """Fills the hub's timeline and reads it. The hub needs the profile service only."""
    settings = hub.settings
    async with connect(settings.mongo) as client:
        store = Store(database(client, settings.namespace, "profile"))
        hasher = await keyring_of(client, settings.namespace, settings.secrets_dir).hasher()
        await _fill(store, hasher, entries)
        customers = entries // _OF_IDENTITY // _OF_CUSTOMER
        chance = Random(5)
        chosen = [chance.randrange(customers) for _ in range(reads + _WARM)]
        await client.admin.command("fsync")  # what the filling left to be written would slow the first reads
        with closing(_Phone(hub)) as phone:
            return await _read(store, hasher, phone, chosen)


class _Phone:
    """A phone system that asks who is calling."""

    def __init__(self, hub: RunningHub) -> None:
        where = urlsplit(hub.url("profile", "/v1/timeline"))
        self._path = where.path
        self._headers = hub.headers("agent")
        self._connection = HTTPConnection(where.hostname or "", where.port, timeout=60)

    def ask(self, identity: str) -> object:
        """The entries that an agent sees."""
        query = urlencode({"identity": identity, "limit": _PAGE})
        self._connection.request("GET", f"{self._path}?{query}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"The screen pop answered {answer.status}: {body[:200]!r}")
        return orjson.loads(body)["timeline"]["items"]

    def close(self) -> None:
        """Hangs up."""
        self._connection.close()


async def _read(store: Store, hasher: Hasher, phone: _Phone, chosen: list[int]) -> Times:
    timelines = Timelines(store)
    wanted = Wanted(limit=_PAGE)
    times = Times(driver=[], reader=[], pop=[])
    for turn, customer in enumerate(chosen):
        identities = _identities(customer)
        hashes = [hasher.identity(one) for one in identities]

        async def driver(hashes: list[str] = hashes) -> object:
            found = store.timeline.find({"identity": {"$in": hashes}}).sort([("at", -1), ("_id", -1)])
            return await found.limit(_PAGE).to_list()

        async def reader(hashes: list[str] = hashes) -> object:
            return (await timelines.page(hashes, wanted)).entries

        async def pop(identity: str = identities[turn % _OF_CUSTOMER]) -> object:
            return phone.ask(identity)

        ways: list[tuple[Callable[[], Awaitable[object]], list[float]]]
        ways = [(driver, times.driver), (reader, times.reader), (pop, times.pop)]
        for way, taken in ways[turn % 3 :] + ways[: turn % 3]:
            seconds = await _timed(way)
            if turn >= _WARM:
                taken.append(seconds)
    return Times(driver=sorted(times.driver), reader=sorted(times.reader), pop=sorted(times.pop))


async def _timed(way: Callable[[], Awaitable[object]]) -> float:
    began = perf_counter()
    found = await way()
    seconds = perf_counter() - began
    if not found:
        raise RuntimeError("A customer has no entries, so nothing was measured.")
    return seconds


def _identities(customer: int) -> list[str]:
    return [f"email:person{customer}.{number}@shop.example" for number in range(_OF_CUSTOMER)]


async def _fill(store: Store, hasher: Hasher, entries: int) -> None:
    """Customers of ten identities each, then their entries, in the order of their times."""
    await store.create_indexes()
    addresses = [one for customer in range(entries // _OF_IDENTITY // _OF_CUSTOMER) for one in _identities(customer)]
    hashes = [hasher.identity(address) for address in addresses]
    seen = (Sighting(hashed=one, identity=address, name="Ann") for one, address in zip(hashes, addresses, strict=True))
    while some := list(islice(seen, 5_000)):
        await store.identities.insert_many(documents(some), ordered=False)
    for start in range(0, len(hashes), 10_000):
        part = hashes[start : start + 10_000]
        groups = [part[first : first + _OF_CUSTOMER] for first in range(0, len(part), _OF_CUSTOMER)]
        await store.customers.insert_many(
            [{"_id": f"{one[0]}.1", "members": one, "since": MOMENT, "until": None} for one in groups], ordered=False
        )
    made = _entries(hashes, entries)
    while batch := list(islice(made, 10_000)):
        await store.insert_entries(batch)


def _entries(hashes: Sequence[str], entries: int) -> Iterator[Entry]:
    chance = Random(6)
    templates = _templates()
    for number in range(entries):
        name = chance.randbytes(16).hex()
        at = MOMENT + timedelta(seconds=number)
        made: dict[str, Any] = dict(templates[number // len(hashes) % len(templates)])
        made["_id"] = f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"
        made["identity"] = hashes[number * 7_919 % len(hashes)]
        made["at"] = made["recorded"] = at
        made["conversation"] = made["_id"]
        if "ref" in made:
            made["ref"] = made["_id"]
        yield cast("Entry", made)


def _templates() -> list[Entry]:
    """As the projection makes them, of a mail, a chat message and a call; the filling gives each its own ids."""
    content = {"name": "Ann", "subject": "A question", "text": _TEXT * 2}
    mail, chat, ring = message("m", ""), message("m", "", channel="chat"), call("c", "")
    return [
        entry(replace(mail, data=replace(mail.data, content="")), content),  # type: ignore[arg-type]  # only what is read of it
        entry(replace(chat, data=replace(chat.data, content="")), content),  # type: ignore[arg-type]  # the same
        entry(replace(ring, data=replace(ring.data, content="")), {"city": "Berlin"}),  # type: ignore[arg-type]  # the same
    ]


def rows(times: Times, entries: int) -> list[Row]:
    """The table's rows of one size."""
    size = f"{entries:,} entries"
    load = machine_load()
    pop_above = p99(times.pop) - p99(times.driver)
    return [
        _row(f"timeline read, 10 identities, {size}, p50", p50(times.reader), p50(times.driver), load),
        _row(f"timeline read, 10 identities, {size}, p99", p99(times.reader), p99(times.driver), load, goal=2.0),
        Row(
            name=f"screen pop over HTTP, {size}: p99 above the driver's own",
            value=pop_above,
            unit="ms",
            baseline=10.0,
            ratio=pop_above / 10.0,
            goal=1.0,
            less_is_better=True,
            note=f"(what it may be; p50 {p50(times.pop):.1f} ms, p99 {p99(times.pop):.1f} ms; {load})",
        ),
    ]


def growth(small: Times, large: Times, entries: tuple[int, int]) -> list[Row]:
    """What a read costs in the large timeline, beside the small one."""
    driver = p50(large.driver) / p50(small.driver)
    note = f"(the same among {entries[0]:,}; the driver's own find takes {driver:.2f} times as long; {machine_load()})"
    name = f"among {entries[1]:,} entries, p50"
    return [
        _row(f"timeline read {name}", p50(large.reader), p50(small.reader), note, goal=1.25),
        _row(f"screen pop {name}", p50(large.pop), p50(small.pop), note, goal=1.25),
    ]


def _row(name: str, own: float, base: float, note: str, goal: float | None = None) -> Row:
    if not note.startswith("("):
        note = f"(the driver's own find; {note})"
    return Row(
        name=name, value=own, unit="ms", baseline=base, ratio=own / base, goal=goal, note=note, less_is_better=True
    )


def measure_sizes(kafka: str, mongo: str, sizes: Sequence[int], directory: Path) -> list[Row]:
    """All rows of these sizes, each in a hub of its own; beside the first one, what the others cost more."""
    found: list[Row] = []
    first: Times | None = None
    for entries in sizes:
        place = directory / f"reads-{entries}", kafka, mongo, f"b{uuid.uuid4().hex[:8]}"
        with running_hub(*place, services=[service("profile")]) as hub, _runner() as runner:
            times = runner.run(measure(hub, entries))
            found += rows(times, entries)
            if first is not None:
                found += growth(first, times, (sizes[0], entries))
            first = first or times
            runner.run(_drop(mongo, hub.settings.namespace))
    return found


async def _drop(mongo: str, namespace: str) -> None:
    """Gives the disk back: ten million entries take some gigabytes."""
    async with connect(mongo) as client:
        await client.drop_database(database(client, namespace, "profile").name)


def _runner() -> asyncio.Runner:
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


if __name__ == "__main__":
    sizes = [int(given) for given in sys.argv[1:]] or [MILLION]
    with tempfile.TemporaryDirectory(prefix="hub-reads-") as directory:
        for row in measure_sizes(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"], sizes, Path(directory)):
            print(f"{row.name}: {row.value:.2f} ms = {row.ratio:.2f} × {row.baseline:.2f} {row.note}")
