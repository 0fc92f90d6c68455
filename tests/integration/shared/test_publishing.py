"""What a record in Kafka wears, on a real broker."""

import pytest

from shared.publishing import Outgoing
from shared.topics import INTERACTIONS, ROUTING_COMMANDS, Topic
from tests.integration.shared.conftest import World


@pytest.mark.parametrize(
    ("topic", "media_type"),
    [(INTERACTIONS, b"application/cloudevents+json"), (ROUTING_COMMANDS, b"application/json")],
    ids=["events", "commands"],
)
async def test_a_record_says_what_it_is_as_cloudevents_kafka_binding_asks(
    world: World, topic: Topic, media_type: bytes
) -> None:
    await world.publisher.publish(topic, [Outgoing("key", b"{}"), Outgoing("other", b"{}")])

    assert [record.headers for record in await world.records(topic)] == [(("content-type", media_type),)] * 2
