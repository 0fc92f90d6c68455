"""Notes on tickets are read by whoever may, stand nowhere in the clear, and go with the customer."""

import json
import secrets
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.mongo import connect, database
from shared.publishing import Publisher
from shared.topics import ROUTING_COMMANDS, TICKETS, TOPICS
from tests.eventually import eventually
from tests.integration.routing.centre import Centre
from tests.integration.routing.test_triage import with_rules
from tests.integration.routing.writers import Writers, now

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def writers(publisher: Publisher, centre: Centre) -> AsyncIterator[Writers]:
    """The centre's customers."""
    async with Writers.of(publisher, centre) as writers:
        yield writers


async def opened(centre: Centre, writers: Writers, name: str = "ann") -> str:
    """A ticket of a customer who has a key, which an agent has accepted."""
    await with_rules(centre, writers)
    await centre.sign_in(centre.ann)
    await writers.send(writers.mail(name, "Hello"))
    (ticket,) = await centre.wait_for(1, state="offered", agent=centre.ann)
    await centre.act(ticket["id"], "accept", centre.ann)
    return str(ticket["id"])


async def write(client: httpx.AsyncClient, ticket: str, text: str) -> httpx.Response:
    return await client.post(f"/v1/tickets/{ticket}/notes", json={"text": text})


async def in_kafka(centre: Centre) -> dict[str, bytes]:
    """Every byte of every record in the namespace, by topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=centre.routing.servers.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        there = await consumer.topics()
        topics = {topic.within(centre.routing.namespace): topic for topic in TOPICS}
        partitions = [
            TopicPartition(name, number)
            for name, topic in topics.items()
            if name in there
            for number in range(topic.partitions)
        ]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: dict[str, bytes] = {}
        for partition in partitions:
            name = topics[partition.topic].name
            while await consumer.position(partition) < ends[partition]:
                for batch in (await consumer.getmany(partition, timeout_ms=200)).values():
                    said = b"".join((one.key or b"") + (one.value or b"") for one in batch)
                    found[name] = found.get(name, b"") + said
        return found
    finally:
        await consumer.stop()


async def in_mongo(centre: Centre) -> str:
    """Every document of routing's database."""
    async with connect(centre.routing.servers.mongo) as client:
        own = database(client, centre.routing.namespace, "routing")
        names = await own.list_collection_names()
        return json.dumps([await own[name].find().to_list() for name in names], default=str)


async def test_what_is_written_is_read_by_colleagues_and_stands_nowhere_in_the_clear(
    centre: Centre, writers: Writers
) -> None:
    ticket = await opened(centre, writers)
    secret = f"zebra{secrets.token_hex(8)}"
    async with centre.as_("agent", centre.ann) as ann:
        first = await write(ann, ticket, f"Her cat is called {secret}.")
    assert first.status_code == 201, first.text
    assert (first.json()["by"], first.json()["text"]) == (centre.ann, f"Her cat is called {secret}.")
    second = await write(centre.client, ticket, "Call her before noon.\nNot later.")
    async with centre.as_("agent", centre.bob) as bob:
        listed = (await bob.get(f"/v1/tickets/{ticket}/notes")).json()["items"]
        assert (await write(bob, ticket, "Mine?")).status_code == 409
    assert listed == [first.json(), second.json()]
    assert (await centre.history(ticket))[-2:] == ["ticket.noted", "ticket.noted"]

    kafka, mongo = await in_kafka(centre), await in_mongo(centre)
    assert b"ticket.noted" in kafka[TICKETS.name]
    assert b"note_ticket" in kafka[ROUTING_COMMANDS.name]
    assert "ticket.noted" in mongo
    assert secret.encode() not in b"".join(kafka.values())
    assert secret not in mongo


async def test_notes_go_with_the_customer_and_no_more_are_taken(centre: Centre, writers: Writers) -> None:
    ticket = await opened(centre, writers)
    assert (await write(centre.client, ticket, "Likes tea.")).status_code == 201
    identity = (await centre.tickets(agent=centre.ann))[0]["identity"]
    await writers.sealer.keyring.erase([identity], now())

    async def texts() -> list[str]:
        items = (await centre.client.get(f"/v1/tickets/{ticket}/notes")).json()["items"]
        return [item["text"] for item in items]

    async def erased() -> bool:
        return await texts() == ["[erased]"]

    await eventually(erased, what="the note being erased")
    refused = await write(centre.client, ticket, "Liked tea.")
    assert (refused.status_code, refused.json()["detail"]) == (
        410,
        f"The customer of ticket {ticket} was erased; nothing can be written down about them.",
    )


async def test_a_note_that_says_nothing_or_has_no_place_is_refused(centre: Centre, writers: Writers) -> None:
    ticket = await opened(centre, writers)
    assert (await write(centre.client, ticket, " \n ")).status_code == 422
    assert (await write(centre.client, ticket, "x" * 10_001)).status_code == 422
    assert (await write(centre.client, "nothing", "Hello")).status_code == 404
    assert (await centre.client.get("/v1/tickets/nothing/notes")).status_code == 404
    await centre.act(ticket, "resolve", centre.ann)
    assert (await write(centre.client, ticket, "Too late")).status_code == 409
    async with centre.as_("ops", "watcher") as watcher:
        assert (await watcher.get(f"/v1/tickets/{ticket}/notes")).status_code == 403
