"""Make the hub's topics in a Kafka, and see which are missing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from deploy.local.errors import ServerError
from shared.topics import TOPICS, Topic

_T = TypeVar("_T")
_COPIES = 3  # of each topic, where there are as many brokers


def missing_topics(bootstrap: str, namespace: str) -> list[Topic]:
    """Return the hub's topics that this Kafka does not have in the namespace. Raise ServerError if it is silent."""

    async def look(admin: AIOKafkaAdminClient) -> list[Topic]:
        there = set(await admin.list_topics())
        return [topic for topic in TOPICS if topic.within(namespace) not in there]

    return asyncio.run(_with_admin(bootstrap, look))


def make_topics(bootstrap: str, namespace: str) -> int:
    """Make the missing topics and return how many. Topics that are there stay as they are."""
    missing = missing_topics(bootstrap, namespace)

    async def make(admin: AIOKafkaAdminClient) -> None:
        copies = min(_COPIES, len((await admin.describe_cluster())["brokers"]))
        wanted = [
            NewTopic(topic.within(namespace), topic.partitions, copies, topic_configs=topic.config) for topic in missing
        ]
        answer = await admin.create_topics(wanted)
        for name, code, message in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise ServerError(
                    f"Kafka at {bootstrap} did not make the topic {name}: {message or error.description}."
                )

    if missing:
        asyncio.run(_with_admin(bootstrap, make))
    return len(missing)


async def _with_admin(bootstrap: str, use: Callable[[AIOKafkaAdminClient], Awaitable[_T]]) -> _T:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=20_000)
    try:
        await admin.start()
        return await use(admin)
    except (KafkaError, OSError) as error:
        raise ServerError(f"Kafka at {bootstrap} does not answer as it should ({error}).") from error
    finally:
        await admin.close()
