"""Requests from the API to the pools' decision makers.

RequestRefused  (the decision maker said no: tell whoever asked)
"""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from services.routing.commands import RoutingCommand, codec, stream_of
from services.routing.domain.commands import Command
from services.routing.store import Store
from shared.commanding import Commander
from shared.contracts.values import to_milliseconds


class RequestRefused(Exception):
    """word: stable, for programs. The message says why and what to do."""

    def __init__(self, word: str, detail: str) -> None:
        super().__init__(detail)
        self.word = word


class Requests:
    """Asks the one decision maker of a pool, wherever it runs."""

    def __init__(self, commander: Commander, store: Store, clock: Callable[[], datetime]) -> None:
        self._commander = commander
        self._store = store
        self._clock = clock

    async def ask(self, pool: str, command: Command) -> None:
        """Returns when the command is decided durably and the views show it (they get ten seconds for that).

        RequestRefused if it was refused; NoAnswer if nobody decided in time.
        """
        wanted = RoutingCommand(id=str(uuid4()), pool=pool, at=to_milliseconds(self._clock()), command=command)
        outcome, sequence = await self._commander.ask(pool, wanted.id, codec.encode(wanted))
        if outcome.refused:
            raise RequestRefused(outcome.refused, outcome.result["detail"])
        await self._store.shown(stream_of(pool), sequence)
