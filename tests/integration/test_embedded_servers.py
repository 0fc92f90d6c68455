"""The embedded Kafka and MongoDB keep what they acknowledged, whatever happens to their processes."""

import asyncio
import uuid
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import MongoClient

from deploy.local.kafka import EmbeddedKafka
from deploy.local.mongo import EmbeddedMongo
from deploy.local.topics import make_topics, missing_topics
from shared.topics import INTERACTIONS


def produce(kafka: EmbeddedKafka, topic: str, value: bytes) -> None:
    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
        await producer.start()
        try:
            await producer.send_and_wait(topic, value)
        finally:
            await producer.stop()

    asyncio.run(send())


def consume_all(kafka: EmbeddedKafka, topic: str, count: int) -> list[bytes]:
    async def read() -> list[bytes]:
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            return sorted([(await consumer.getone()).value for _ in range(count)])
        finally:
            await consumer.stop()

    return asyncio.run(asyncio.wait_for(read(), 30))


def test_kafka_keeps_what_it_acknowledged_through_a_kill_and_comes_back_on_other_ports(tmp_path: Path) -> None:
    kafka = EmbeddedKafka(tmp_path)
    topic = INTERACTIONS.within("kept")
    try:
        kafka.start()
        make_topics(kafka.bootstrap, "kept")
        produce(kafka, topic, b"before the kill")
        kafka.kill()
        kafka.start()
        produce(kafka, topic, b"then a clean stop")
        kafka.stop()
        kafka = EmbeddedKafka(tmp_path)
        kafka.start()
        assert consume_all(kafka, topic, 2) == [b"before the kill", b"then a clean stop"]
        assert missing_topics(kafka.bootstrap, "kept") == []
    finally:
        kafka.stop()


def test_kafka_accepts_a_cluster_id_that_begins_with_a_hyphen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uuid.uuid4", lambda: uuid.UUID(bytes=b"\xf8" * 16))
    kafka = EmbeddedKafka(tmp_path)
    kafka.begin()
    kafka.kill()
    assert "cluster.id=-" in (tmp_path / "data" / "meta.properties").read_text()


def test_kafka_makes_no_topic_that_nobody_asked_for(tmp_path: Path) -> None:
    kafka = EmbeddedKafka(tmp_path)
    try:
        kafka.start()
        assert make_topics(kafka.bootstrap, "one") > 0
        assert make_topics(kafka.bootstrap, "one") == 0
        assert len(missing_topics(kafka.bootstrap, "two")) > 0
    finally:
        kafka.stop()


def test_mongodb_keeps_majority_writes_through_a_kill_and_comes_back_on_another_port(tmp_path: Path) -> None:
    mongo = EmbeddedMongo(tmp_path)
    try:
        mongo.start()
        for number in range(2):
            with MongoClient[dict[str, int]](mongo.url, w="majority") as client:
                client["kept"]["events"].insert_one({"_id": number})
            mongo.kill()
            mongo.start()
        mongo.stop()
        mongo = EmbeddedMongo(tmp_path)
        mongo.start()
        with MongoClient[dict[str, int]](mongo.url) as client:
            assert sorted(document["_id"] for document in client["kept"]["events"].find()) == [0, 1]
            with client.start_session() as session, session.start_transaction():  # a replica set, not a lone server
                client["kept"]["events"].insert_one({"_id": 2}, session=session)
    finally:
        mongo.stop()
