"""`hub tail TOPIC`: what goes through a topic, live and readable, for those who hold this hub's master key."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import current_thread, main_thread
from typing import Annotated, Any

import orjson
import typer
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError
from rich.console import Console

from deploy.local.errors import ServerError, WrongSetting
from deploy.local.event_lines import BROKEN, ERASED, line_of
from deploy.local.hub import without_password
from deploy.local.reachable import kafka_answers
from deploy.local.settings import LocalSettings, local_settings
from deploy.local.topics import missing_topics
from shared.keyring import Key, Keyring, keyring_of
from shared.master_keys import KeyringLocked
from shared.mongo import connect
from shared.sealing import SealBroken, unseal
from shared.secrets import MissingSecret, read_masters
from shared.topics import TOPICS, Topic

# JSON allows these as they are, but a terminal obeys them.
_CONTROLS = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


class Start(StrEnum):
    """Where a tail begins."""

    beginning = "beginning"
    now = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What to follow and how much of it. limit: events, 0 for no end."""

    topic: str
    start: Start
    limit: int


def tail(
    topic: Annotated[str, typer.Argument(help="A topic, in short (interactions, tickets) or in full.")],
    start: Annotated[Start, typer.Option("--from", help="Where to begin.")] = Start.now,
    limit: Annotated[int, typer.Option(min=0, help="End after so many events; 0 goes on until Ctrl-C.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for other programs.")] = False,
    sealed: Annotated[bool, typer.Option("--sealed", help="Leave personal content sealed: needs no secrets.")] = False,
) -> None:
    """Show a topic's events as they come, opened with this hub's master key (HUB_DATA).

    Events of one conversation, ticket or agent come in their order.

    Exit codes: 0 ended by Ctrl-C or the limit, 1 something that should run does not, 2 a wrong setting or option.
    """
    settings = local_settings()
    following = Following(
        topic=topic_named(topic, settings.namespace).within(settings.namespace), start=start, limit=limit
    )
    if not sealed:
        _require_secrets(settings)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        _require(settings, following.topic)
        asyncio.run(_show(settings, following, sealed=sealed, as_json=as_json))


def topic_named(name: str, namespace: str) -> Topic:
    """The topic meant by `tickets`, `tickets.v1` or `hub.tickets.v1`. WrongSetting lists those there are."""
    short = name.removeprefix(f"{namespace}.")
    for topic in TOPICS:
        if short in (topic.name, topic.name.rpartition(".")[0]):
            return topic
    known = ", ".join(topic.name.rpartition(".")[0] for topic in TOPICS)
    raise WrongSetting(f"There is no topic {name!r} in the namespace {namespace}; there are {known}.")


def _require_secrets(settings: LocalSettings) -> None:
    try:
        read_masters(settings.secrets_dir)
    except MissingSecret as error:
        raise ServerError(f"{error} Set HUB_DATA to the hub's data, or see the events with --sealed.") from error


def _require(settings: LocalSettings, topic: str) -> None:
    if not kafka_answers(settings.bootstrap):
        raise ServerError(f"Kafka at {settings.bootstrap} does not answer. Start the hub with `hub up`.")
    if topic in (
        missing.within(settings.namespace) for missing in missing_topics(settings.bootstrap, settings.namespace)
    ):
        raise ServerError(
            f"Kafka at {settings.bootstrap} has no topic {topic}. Set HUB_NAMESPACE to this hub's, or start it with "
            "`hub up`, which makes its topics."
        )


async def _show(settings: LocalSettings, following: Following, *, sealed: bool, as_json: bool) -> None:
    console = Console(soft_wrap=True, highlight=False)
    stopping = asyncio.Event()
    if current_thread() is main_thread():
        # Not by cancelling: a driver that is just being closed or connected can lose a cancellation.
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopping.set)
    async with _opener(settings, sealed=sealed) as opener:
        async for event in _events(settings.bootstrap, following, opener, stopping):
            if as_json:
                print(orjson.dumps(event).decode().translate(_CONTROLS), flush=True)
            else:
                console.print(line_of(event))


async def _events(
    bootstrap: str, following: Following, opener: "Opener", stopping: asyncio.Event
) -> AsyncIterator[Mapping[str, Any]]:
    from_beginning = following.start is Start.beginning
    consumer = AIOKafkaConsumer(
        following.topic,
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest" if from_beginning else "latest",
    )
    left = following.limit or sys.maxsize
    try:
        await consumer.start()
        # "Now" is this moment, not that of the first fetch, which is when the reset would come by itself.
        await (consumer.seek_to_beginning() if from_beginning else consumer.seek_to_end())
        print(f"{following.topic} from {_words(following)}; Ctrl-C ends it.", file=sys.stderr, flush=True)
        while left > 0 and not stopping.is_set():
            batches = await consumer.getmany(timeout_ms=300, max_records=min(left, 500))
            # Each partition keeps its order; across partitions the time of arrival is the best there is.
            records = sorted((record for batch in batches.values() for record in batch), key=lambda one: one.timestamp)
            left -= len(records)
            for event in await opener.opened(map(_json, (record.value for record in records))):
                yield event
    except (KafkaError, PyMongoError) as error:
        raise ServerError(f"The hub's servers stopped answering ({error}). Look with `hub doctor`.") from error
    finally:
        await consumer.stop()


def _words(following: Following) -> str:
    return "its beginning" if following.start is Start.beginning else "now on"


def _json(value: bytes | None) -> dict[str, Any]:
    try:
        event = orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        return {"type": "not JSON", "bytes": len(value or b""), "error": str(error)}
    return event if isinstance(event, dict) else {"type": "not an event", "value": event}


class Opener:
    """Opens the sealed content of events. Without a keyring it leaves them sealed."""

    def __init__(self, keyring: Keyring | None) -> None:
        self._keyring = keyring

    async def opened(self, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The events with their content as JSON, `[erased]` where the key is gone; ServerError if locked."""
        found = list(events)
        if self._keyring is None:
            return found
        try:
            keys = await self._keyring.find(part["identity"] for event in found for part in _sealed_parts(event))
        except KeyringLocked as error:
            raise ServerError(str(error)) from error
        for event in found:
            for part in _sealed_parts(event):
                part["content"] = _open(keys.get(part["identity"]), event, part)
        return found


def _sealed_parts(event: dict[str, Any]) -> list[dict[str, Any]]:
    data = event.get("data")
    if not isinstance(data, dict):
        return []
    also = data.get("also")
    parts = [data, *(also if isinstance(also, list) else ())]
    return [
        part
        for part in parts
        if isinstance(part, dict) and isinstance(part.get("identity"), str) and isinstance(part.get("content"), str)
    ]


def _open(key: Key | None, event: Mapping[str, Any], part: Mapping[str, Any]) -> Any:  # noqa: ANN401 (content is any JSON)
    if key is None or not _is_readable(key, event):
        return ERASED
    try:
        return orjson.loads(unseal(key.cipher, _sealed_with(event, part), part["content"]))
    except (SealBroken, orjson.JSONDecodeError):
        return BROKEN if key.erased is None else ERASED


def _sealed_with(event: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    """The id that the content is bound to: what people wrote down has one of its own."""
    return str(part.get("note") or part.get("change") or event.get("id"))


def _is_readable(key: Key, event: Mapping[str, Any]) -> bool:
    try:
        times = [datetime.fromisoformat(str(event.get(name))) for name in ("time", "recordedtime")]
        return key.is_readable(*times)
    except (ValueError, TypeError):  # no event of the hub has no time, or one without a zone
        return key.erased is None


@asynccontextmanager
async def _opener(settings: LocalSettings, *, sealed: bool) -> AsyncIterator[Opener]:
    if sealed:
        yield Opener(None)
        return
    client = connect(settings.mongo)
    keyring = keyring_of(client, settings.namespace, settings.secrets_dir)
    try:
        await client.admin.command("ping")
        yield Opener(keyring)
    except PyMongoError as error:
        where = without_password(settings.mongo)
        raise ServerError(f"MongoDB at {where}, which keeps the keys, does not answer. Use --sealed.") from error
    finally:
        await client.close()
