"""Does a Kafka, a MongoDB or a service answer, as its clients would find it?"""

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import httpx
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

_PATIENCE_MS = 2_000
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Services speak plain HTTP; without this, httpx would read every authority's certificate anew for each question."""


def kafka_answers(bootstrap: str, patience_ms: int = _PATIENCE_MS) -> bool:
    """True when a broker answers and knows of at least one broker that takes part in the cluster."""
    if not _somebody_listens(bootstrap, patience_ms):
        return False  # spares the client's own attempts and their log lines
    # A thread of its own, because the caller may already run an event loop.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, _brokers_known(bootstrap, patience_ms)).result() > 0


async def _brokers_known(bootstrap: str, patience_ms: int) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=patience_ms)
    try:
        async with asyncio.timeout(patience_ms / 1000):
            await admin.start()
            return len((await admin.describe_cluster())["brokers"])
    except (KafkaError, TimeoutError, OSError):
        return 0
    finally:
        await admin.close()


def _somebody_listens(bootstrap: str, patience_ms: int) -> bool:
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=patience_ms / 1000):
                return True
        except OSError:
            continue
    return False


def mongo_is_primary(url: str, patience_ms: int = _PATIENCE_MS) -> bool:
    """True when the deployment behind the address has a primary that takes writes."""
    try:
        with MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=patience_ms) as client:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def service_answers(url: str, path: str) -> bool:
    """True when the service at the address answers the path with success."""
    try:
        return httpx.get(f"{url}{path}", timeout=_PATIENCE_MS / 1000, verify=_NO_CERTIFICATES).is_success
    except httpx.HTTPError:
        return False
