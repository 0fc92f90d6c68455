"""Asking for figures over HTTP: live ones beside a year of history, and the history itself.

    python -m tests.bench.kpi_reads        with HUB_TEST_KAFKA and HUB_TEST_MONGO naming running servers

A centre of 100 queues and 1,000 agents, all of whom are signed in. Its last hour has ten contacts a second, and as many
go on coming while it is asked. Live figures are asked for twice: with
nothing before that hour, and with a year of it (400,000 contacts, written as the service writes them). The history is
of 90 days in which something happened in every quarter of an hour, told by days of a time zone that is no whole days
from UTC.
"""

import asyncio
import os
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import count, islice
from pathlib import Path
from random import Random
from time import perf_counter

import httpx
import uvloop

from deploy.local.services import service
from services.metrics.documents import contact_document, contact_id
from services.metrics.domain.contact import Contact
from services.metrics.domain.history import figures_of
from services.metrics.domain.presence import Presence
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.windows import MICROSECONDS, moment_of, time_of
from services.metrics.history import A_DAY
from services.metrics.presence_documents import place_id, presence_document
from services.metrics.summing import figures_document
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketAccepted, TicketEvent, TicketQueued, TicketResolved
from shared.ending import end
from shared.generations import views_database
from shared.mongo import Document, connect
from shared.publishing import Publisher
from tests.bench.reads import p50, p99
from tests.bench.rows import Row, machine_load
from tests.e2e.running_hub import RunningHub, running_hub
from tests.integration.metrics.log import publish_tickets
from tests.oracle.histories import decided

QUEUES, AGENTS, A_SECOND = 100, 1_000, 10
EARLIER = 400_000
DAYS = 90
_ASKED, _WARM = 300, 20
_LIVE_GOAL, _HISTORY_GOAL = 20.0, 300.0
_HOUR = timedelta(hours=1)
_ZONE = "Asia/Kolkata"
_HISTORY_QUEUES = 10


def measure_all(kafka: str, mongo: str, directory: Path) -> list[Row]:
    """The table's rows, from metrics services of their own."""
    rows: list[Row] = []
    for earlier in (0, EARLIER):
        namespace = f"b{uuid.uuid4().hex[:8]}"
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_fill(mongo, namespace, earlier))
            place = directory / f"kpis-{earlier}"
            with running_hub(place, kafka, mongo, namespace, services=[service("metrics")]) as hub:
                rows += runner.run(_measure(hub, kafka, namespace, earlier))
    return rows


async def _measure(hub: RunningHub, kafka: str, namespace: str, earlier: int) -> list[Row]:
    publisher = Publisher(kafka, namespace)
    await publisher.start()
    coming = asyncio.create_task(_come(publisher))
    rows: list[Row] = []
    try:
        async with httpx.AsyncClient(headers=hub.headers("ops"), timeout=60) as client:
            for by, keys in (("queue", QUEUES), ("agent", AGENTS)):
                times = await _ask(client, hub.url("metrics", f"/v1/kpis?by={by}&window=1h"), keys)
                name = f"live figures of {keys:,} {by}s over HTTP, {earlier:,} contacts earlier, p99"
                rows.append(_row(name, times, _LIVE_GOAL))
            if earlier:
                until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
                wanted = httpx.QueryParams(
                    {"interval": "1d", "from": (until - timedelta(days=DAYS)).isoformat(), "to": until.isoformat()}
                    | {"time_zone": _ZONE}
                )
                for by, what in (("all", "of everything"), ("queue", f"of {_HISTORY_QUEUES} queues")):
                    url = hub.url("metrics", f"/v1/kpis/history?{wanted}&by={by}")
                    times = await _ask(client, url, DAYS, asked=20, warm=0)
                    rows.append(_row(f"history of {DAYS} days {what}, p99", times, _HISTORY_GOAL))
        return rows
    finally:
        await end(coming)
        await publisher.stop()


async def _ask(client: httpx.AsyncClient, url: str, least: int, asked: int = _ASKED, warm: int = _WARM) -> list[float]:
    """Seconds of each answer, sorted; those of the first do not count."""
    times: list[float] = []
    for turn in range(asked + warm):
        began = perf_counter()
        answer = await client.get(url)
        seconds = perf_counter() - began
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text[:300]}")
        if turn >= warm:
            times.append(seconds)
        await asyncio.sleep(0.05)  # as where many look: most get an answer that is given again
    if len(answer.json()["items"]) < least:
        raise RuntimeError(f"{url} tells of {len(answer.json()['items'])} keys, and there are {least}.")
    return sorted(times)


def _row(name: str, times: Sequence[float], goal: float) -> Row:
    return Row(
        name=name,
        value=p99(times),
        unit="ms",
        baseline=goal,
        ratio=p99(times) / goal,
        goal=1.0,
        less_is_better=True,
        note=f"(what it may be; p50 {p50(times):,.1f} ms, longest {1_000 * times[-1]:,.1f} ms; {machine_load()})",
    )


async def _come(publisher: Publisher) -> None:
    for first in count(0, A_SECOND):
        now = datetime.now(UTC)
        numbers = range(first, first + A_SECOND)
        await publish_tickets(publisher, [event for number in numbers for event in _events(number, now)])
        await asyncio.sleep(1)


def _events(number: int, now: datetime) -> list[Decided[TicketEvent]]:
    ticket, queue, agent = f"now{number}", f"q{number % QUEUES}", f"a{number % AGENTS}"
    events: list[TicketEvent] = [
        TicketQueued(ticket=ticket, at=now, queue=queue, channel="phone", threshold=20.0, short=5.0),
        TicketAccepted(ticket=ticket, at=now, queue=queue, agent=agent),
        TicketResolved(ticket=ticket, at=now, queue=queue, agent=agent),
    ]
    return [decided(event, ticket, sequence, 0) for sequence, event in enumerate(events, 1)]


async def _fill(mongo: str, namespace: str, earlier: int) -> None:
    """The last hour, what came before it, and the figures of 90 days."""
    now = datetime.now(UTC)
    async with connect(mongo) as client:
        views = views_database(client, namespace, "metrics", 1)
        chance = Random(9)
        hour = [(now - _HOUR * chance.random(), number) for number in range(A_SECOND * 3_600)]
        year = [(now - _HOUR - timedelta(days=365) * chance.random(), number) for number in range(earlier)]
        made = (_contact(at, place, number) for place, times in enumerate((hour, year)) for at, number in times)
        while some := list(islice(made, 10_000)):
            stored = {"partition": 0, "revision": 0}
            documents = [stored | contact_document(one) | {"_id": contact_id(one)} for one in some]
            await views["contact_rows"].insert_many(documents, ordered=False)
        await views["presence_rows"].insert_many([_presence(number, now) for number in range(AGENTS)])
        if earlier:
            days = _days(quarter_of(moment_of(now)))
            while some_days := list(islice(days, 100)):
                await views["history"].insert_many(some_days, ordered=False)
            quarters = range(quarter_of(moment_of(now)) - (DAYS + 2) * A_DAY, quarter_of(moment_of(now)))
            await views["summed_quarters"].insert_many([{"_id": quarter, "revision": 1} for quarter in quarters])
        await client.admin.command("fsync")  # what the filling left to be written would slow the first answers


def _presence(number: int, now: datetime) -> Document:
    """An agent has been available for some hours."""
    since = moment_of(now) - (1 + number % 7) * 3_600 * MICROSECONDS
    place = ("agents", number, 0)
    presence = Presence(place=place, agent=f"a{number}", status="available", since=since, pool="main")
    return presence_document(presence) | {"_id": place_id(place), "partition": 0, "revision": 0}


def _contact(at: datetime, place: int, number: int) -> Contact:
    entered, wait, talk = moment_of(at), (number % 60) * MICROSECONDS, (60 + number % 300) * MICROSECONDS
    contact = Contact(
        ticket=f"t{place}.{number}",
        stay=0,
        queue=f"q{number % QUEUES}",
        channel="phone",
        entered=entered,
        threshold=20 * MICROSECONDS,
        short=5 * MICROSECONDS,
        pool="main",
        agent=f"a{number % AGENTS}",
    )
    contact.leave("answered", entered + wait)
    contact.turn("talk", entered + wait)
    contact.complete(entered + wait + talk, "sold")
    return contact


def _days(last: int) -> Iterator[Document]:
    """The kept figures of days, each quarter of which has twenty contacts a queue; some days, taken in turn."""
    keys = [("all", ""), *(("queue", f"q{number}") for number in range(_HISTORY_QUEUES))]
    chance = Random(10)
    told = [_quarter(chance) for _ in range(10)]
    for day in range(last // A_DAY - DAYS - 1, last // A_DAY + 1):
        for dimension, value in keys:
            quarters = {str(place): chance.choice(told) for place in range(A_DAY) if day * A_DAY + place < last}
            yield {
                "_id": f"{day} {dimension} {value}",
                "day": day,
                "dimension": dimension,
                "value": value,
                "quarters": quarters,
            }


def _quarter(chance: Random) -> Document:
    contacts = [
        _contact(time_of(begins(1) + chance.randrange(1, 400) * MICROSECONDS), 0, number) for number in range(20)
    ]
    return figures_document(figures_of(1, contacts)["all", ""]) | {"revision": 1}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hub-kpis-") as made:
        for row in measure_all(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"], Path(made)):
            print(row)
