"""What is in Kafka and in the decision log, to be compared with what the service shows."""

from typing import TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.routing.domain.events import Event
from services.routing.store import Store
from services.routing.views import VIEWS, Subject, fold
from shared.contracts.agents import AgentEvent
from shared.contracts.codec import Codec, agents, tickets
from shared.contracts.tickets import TicketEvent
from shared.decisions import Entry
from shared.mongo import Document, connect, database
from shared.topics import AGENTS, TICKETS, Topic
from tests.conftest import Servers

E = TypeVar("E")

Place = tuple[str, str, int, int]
"""Topic, stream, sequence, and the place among the decision's events of that topic."""


async def records(servers: Servers, namespace: str, topic: Topic, codec: Codec[E]) -> list[E]:
    """Everything in the topic, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.within(namespace), number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        found: list[E] = []
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                batches = await consumer.getmany(partition, timeout_ms=200)
                found += [codec.decode(record.value) for batch in batches.values() for record in batch]
        return found
    finally:
        await consumer.stop()


async def decisions(servers: Servers, namespace: str) -> list[Entry[Event]]:
    """Every decision of every stream, each stream's in order."""
    async with connect(servers.mongo) as client:
        store = Store(database(client, namespace, "routing"))
        return [entry for stream in await store.log.streams() async for entry in store.log.read(stream, 0)]


async def is_published(servers: Servers, namespace: str) -> bool:
    """Whether the topics hold every decided event, each ticket's in order; repeats must be the same."""
    expected = await _events(servers, namespace)
    of_tickets = await records(servers, namespace, TICKETS, tickets)
    of_agents = await records(servers, namespace, AGENTS, agents)
    assert in_order([(one.data, one.sequence, one.number) for one in of_tickets])
    published: dict[Place, TicketEvent | AgentEvent] = {}
    for ticket in of_tickets:
        place = (TICKETS.name, ticket.stream, ticket.sequence, ticket.number)
        assert published.setdefault(place, ticket.data) == ticket.data, "a repeated record differs from the first"
    for agent in of_agents:
        place = (AGENTS.name, agent.stream, agent.sequence, agent.number)
        assert published.setdefault(place, agent.data) == agent.data, "a repeated record differs from the first"
    decided = await _events(servers, namespace)
    missing, unknown = expected.keys() - published.keys(), published.keys() - decided.keys()
    different = [place for place in expected.keys() & published.keys() if expected[place] != published[place]]
    if missing or unknown or different:
        print(f"missing {sorted(missing)[:5]}, unknown {sorted(unknown)[:5]}, different {different[:5]}")  # noqa: T201 (shown with a failure)
    return not (missing or unknown or different)


async def _events(servers: Servers, namespace: str) -> dict[Place, TicketEvent | AgentEvent]:
    """What has to be published by now."""
    expected: dict[Place, TicketEvent | AgentEvent] = {}
    for entry in await decisions(servers, namespace):
        for topic, kind in ((TICKETS, TicketEvent), (AGENTS, AgentEvent)):
            events = [event for _, event in entry.events if isinstance(event, kind)]
            expected |= {(topic.name, entry.stream, entry.sequence, at): event for at, event in enumerate(events)}
    return expected


def in_order(events: list[tuple[TicketEvent, int, int]]) -> bool:
    """Whether no event of a ticket comes for the first time after a later one."""
    last: dict[str, tuple[int, int]] = {}
    seen: set[tuple[str, int, int]] = set()
    for event, sequence, number in events:
        place = (sequence, number)
        if (event.ticket, *place) not in seen and place < last.get(event.ticket, place):
            return False
        seen.add((event.ticket, *place))
        last[event.ticket] = max(place, last.get(event.ticket, place))
    return True


async def live_views(servers: Servers, namespace: str) -> dict[Subject, Document]:
    """Every document of every view."""
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "routing")
        return {(view, document["_id"]): document for view in VIEWS async for document in own[view].find()}


async def rebuilt_views(servers: Servers, namespace: str) -> dict[Subject, Document]:
    """The same documents as a fold of the whole log makes them."""
    return fold({}, await decisions(servers, namespace))
