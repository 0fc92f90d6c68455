"""Asking a decision maker for something, wherever it runs: publish the command, then wait for its outcome.

The outcome is read from the decision log itself (a change stream), so the answer is given only when it is durable, and
any replica can ask any decision maker.

    NoAnswer  (not decided in time; the command may still be decided: ask again with the same id)
"""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import PyMongoError

from shared.decisions import Outcome
from shared.ending import end
from shared.mongo import Document
from shared.publishing import Outgoing, Publisher
from shared.topics import Topic

log = structlog.get_logger()


class NoAnswer(Exception):
    """The decision maker has not decided in time."""

    def __init__(self, command: str) -> None:
        super().__init__(f"Command {command} was taken but not decided yet. Ask again in a moment.")


class Outcomes:
    """Waits for outcomes of commands, and tells listeners of every decision as it becomes durable."""

    def __init__(self, decisions: AsyncCollection[Document]) -> None:
        self._decisions = decisions
        self._waiting: dict[str, asyncio.Future[tuple[Outcome, int]]] = {}
        self._listeners: set[Callable[[Document], None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def start(self) -> None:
        """Begins to watch the decision log."""
        self._task = asyncio.create_task(self._watch())
        await self._ready.wait()

    async def stop(self) -> None:
        """Stops watching."""
        if self._task:
            await end(self._task)

    def listen(self, listener: Callable[[Document], None]) -> Callable[[], None]:
        """Calls `listener` with every new document of the decision log; returns how to end it."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def expect(self, command: str) -> "asyncio.Future[tuple[Outcome, int]]":
        """A future of the command's outcome and the sequence of its decision; expect before you publish."""
        return self._waiting.setdefault(command, asyncio.get_running_loop().create_future())

    def forget(self, command: str) -> None:
        """No longer waits for the command."""
        self._waiting.pop(command, None)

    async def stored(self, command: str) -> tuple[Outcome, int] | None:
        """The outcome if it is in the log already."""
        document = await self._decisions.find_one({"outcomes.command": command})
        return _outcome(document, command) if document else None

    async def _watch(self) -> None:
        token: Any = None
        while True:
            try:
                async with await self._decisions.watch(
                    [{"$match": {"operationType": "insert"}}], resume_after=token, max_await_time_ms=1_000
                ) as stream:
                    self._ready.set()
                    while stream.alive:
                        change = await stream.try_next()
                        token = stream.resume_token
                        if change is not None:
                            self._tell(change["fullDocument"])
            except PyMongoError as error:
                log.warning("decision_watch_restarted", reason=str(error)[:300])
                token = None if error.has_error_label("NonResumableChangeStreamError") else token
                await asyncio.sleep(0.5)

    def _tell(self, document: Document) -> None:
        for outcome in document["outcomes"]:
            future = self._waiting.pop(outcome["command"], None)
            if future and not future.done():
                future.set_result((Outcome(**outcome), document["_id"]["sequence"]))
        for listener in tuple(self._listeners):
            listener(document)


class Commander:
    """Sends commands to decision makers through their command topic."""

    def __init__(self, publisher: Publisher, topic: Topic, outcomes: Outcomes) -> None:
        self._publisher = publisher
        self._topic = topic
        self._outcomes = outcomes

    async def ask(self, key: str, command_id: str, command: bytes, timeout: float = 10.0) -> tuple[Outcome, int]:  # noqa: ASYNC109 (the deadline covers publish and wait, with an answer of its own)
        """Publishes the command and waits for its outcome and decision sequence; NoAnswer after `timeout` seconds."""
        future = self._outcomes.expect(command_id)
        try:
            async with asyncio.timeout(timeout):
                await self._publisher.publish(self._topic, [Outgoing(key, command)])
                return await future
        except TimeoutError as error:
            stored = await self._outcomes.stored(command_id)
            if stored is None:
                raise NoAnswer(command_id) from error
            return stored
        finally:
            self._outcomes.forget(command_id)


def _outcome(document: Document, command: str) -> tuple[Outcome, int]:
    outcome = next(Outcome(**item) for item in document["outcomes"] if item["command"] == command)
    return outcome, document["_id"]["sequence"]
