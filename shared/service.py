"""How every service runs: one process, one event loop, HTTP and Kafka side by side, a clean end on SIGTERM.

Exit codes: 0 ended as asked, 1 something it needs is missing, 2 wrong settings, 70 it gave itself up (its supervisor
starts it anew), or was told to end and could not in time.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
import uvicorn
import uvloop
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from pymongo.errors import PyMongoError

from shared.bounded_ending import GAVE_UP, BoundedEnding
from shared.consuming import Consumption
from shared.ending import end
from shared.kafka_connections import outlive_closed_connections
from shared.logs import set_up_logs
from shared.master_keys import KeyringLocked
from shared.readiness import Readiness
from shared.secrets import MissingSecret
from shared.settings import Settings, WrongSettings
from shared.tracing import is_collector_named, set_up_tracing

log = structlog.get_logger()


class GaveUp(Exception):
    """A part of the service cannot go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a composition root hands over once its clients are open.

    background: coroutines that run as long as the service does; one that ends or fails ends the service.
    stops: what else takes work, and is stopped together with the consumptions.
    """

    app: FastAPI
    broker: KafkaBroker
    consumptions: Sequence[Consumption[Any]]
    readiness: Readiness
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=tuple)
    stops: Sequence[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=tuple)


Compose = Callable[[], AbstractAsyncContextManager[Parts]]


def kafka_broker(settings: Settings) -> KafkaBroker:
    """FastStream's broker as the hub uses it; topics are made by deployment, never on the way."""
    return KafkaBroker(
        settings.kafka_bootstrap,
        allow_auto_create_topics=False,
        acks="all",
        enable_idempotence=True,
        graceful_timeout=8.0,
        apply_types=False,
        client_id="interaction-hub",
        logger=None,
    )


def run(name: str, read: Callable[[], Settings], compose: Callable[[Any], AbstractAsyncContextManager[Parts]]) -> None:
    """Runs a service until SIGTERM or SIGINT and exits the process."""
    try:
        settings = read()
    except WrongSettings as error:
        sys.exit(_say(error, 2))
    set_up_logs(name, settings.log_format, settings.log_level)
    set_up_tracing(name)
    outlive_closed_connections()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(name, settings, compose))
    except (MissingSecret, KeyringLocked) as error:
        sys.exit(_say(error, 2))
    except (PyMongoError, KafkaError, OSError) as error:
        sys.exit(_say(error, 1))
    except GaveUp as error:
        sys.exit(_say(error, GAVE_UP))


def spare_the_collector() -> None:
    """Looks for garbage cycles more rarely, and never among what was made so far.

    A batch of events makes some ten thousand objects that die with it, without cycles; looking through them and all the
    modules every 700 objects took a fifth of a consumer's time. Three batches in work stay below this threshold.
    """
    gc.freeze()
    gc.set_threshold(200_000, 20, 50)


async def _serve(name: str, settings: Settings, compose: Callable[[Any], AbstractAsyncContextManager[Parts]]) -> None:
    loop = asyncio.get_running_loop()
    stopping, ending = asyncio.Event(), BoundedEnding(loop)

    def stop() -> None:
        ending.begin()
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    async with compose(settings) as parts:
        spare_the_collector()
        server = _Server(
            uvicorn.Config(
                parts.app,
                host=settings.http_host,
                port=settings.http_port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=2,
                ws="websockets-sansio",
                ws_max_size=2_097_152,  # the chat itself refuses far less, in words
                lifespan="on",
            )
        )
        parts.readiness.consumptions = parts.consumptions
        await parts.broker.start()
        parts.readiness.started = True
        tasks = {
            asyncio.create_task(server.serve(), name="http"),
            asyncio.create_task(parts.readiness.watch(), name="watch"),
            asyncio.create_task(_first_failure(parts.consumptions), name="consumers"),
            *(asyncio.create_task(work(), name=work.__name__) for work in parts.background),
        }
        if is_collector_named("METRICS"):
            from shared.otlp import push_metrics  # noqa: PLC0415 (0.2 s, and seldom wanted)

            tasks.add(asyncio.create_task(push_metrics(name, parts.app.state.freshen), name="push_metrics"))
        asked = asyncio.create_task(stopping.wait())
        done, _ = await asyncio.wait({*tasks, asked}, return_when=asyncio.FIRST_COMPLETED)
        log.info("service_stopping", asked=asked in done)
        ending.begin()
        await _end(server, parts, {*tasks, asked}, ending)
        for task in done - {asked}:
            raise GaveUp(f"{task.get_name()}: {task.exception() or 'ended'}") from task.exception()


async def _end(server: uvicorn.Server, parts: Parts, tasks: set[asyncio.Task[Any]], ending: BoundedEnding) -> None:
    server.should_exit = True
    parts.app.state.stopping.set()
    for consumption in parts.consumptions:
        ending.step = f"stopping to consume as {consumption.intake.group}"
        await consumption.stop()
    for stop in parts.stops:
        ending.step = f"stopping: {stop.__qualname__}"
        await stop()
    ending.step = "leaving Kafka"
    with suppress(KafkaError):  # a client that ended by a fault tells it once more
        await parts.broker.stop()
    ending.step = "answering the last requests"
    await asyncio.wait([task for task in tasks if task.get_name() == "http"], timeout=3)
    ending.step = "ending what runs in the background"
    await end(*tasks)
    ending.step = "closing clients"


async def _first_failure(consumptions: Sequence[Consumption[Any]]) -> None:
    waits = {asyncio.create_task(consumption.failed.wait()): consumption for consumption in consumptions}
    if not waits:
        await asyncio.Event().wait()
    done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    failure = waits[done.pop()].failure
    raise GaveUp(str(failure)) from failure


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the service ends Kafka and HTTP together."""

    def capture_signals(self) -> Any:  # noqa: ANN401 (uvicorn's own context manager type)
        return nullcontext()


def _say(error: Exception, code: int) -> int:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201 (the last word of a process, for whoever started it)
    return code
