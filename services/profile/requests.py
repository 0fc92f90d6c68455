"""Requests from the API to the one decision maker of identities.

RequestRefused  (the decision maker said no: tell whoever asked)
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from services.profile.asking import commands
from services.profile.domain.commands import CustomerCommand
from services.profile.domain.linking import STREAM
from shared.commanding import Commander
from shared.contracts.values import to_milliseconds
from shared.decisions import DecisionLog

_WHY = {
    "same_identity": "Both are the same identity.",
    "already_linked": "Both are one customer already.",
    "blocked": "One of the identities is a placeholder (see the policy's `blocked`), which is nobody's.",
    "weak": "One of the identities is no address of a person (a name, an IP address), so it links nothing.",
    "shared": "One of the identities is shared by several people. Declare it as one person's first, if it is.",
    "unique_clash": "Together they would have two identities of a kind that a customer has once, such as two CRM ids.",
    "forbidden_pair": "Somebody said that they must stay apart. Take that back first, if it is wrong.",
    "limit": "Together they would have more identities than a customer may have.",
    "no_such_link": "There is no such link of this customer, or it was taken back already.",
    "not_linked": "The customer has one identity only, so there is nothing to split.",
    "other_customer": "Not all of these identities are this customer's.",
    "changed_meanwhile": "The customer was merged or split just now. Look again, then decide again.",
    "nothing_left": "These are all of the customer's identities; nothing would be left. Name those of somebody else.",
}


class RequestRefused(Exception):
    """word: stable, for programs. The message says why and what to do."""

    def __init__(self, word: str) -> None:
        super().__init__(_WHY[word])
        self.word = word


class Requests:
    """Asks the decision maker, wherever it runs."""

    def __init__(
        self,
        commander: Commander,
        decisions: DecisionLog[Any, Any],
        views: Callable[[], Sequence[str]],
        clock: Callable[[], datetime],
    ) -> None:
        """views: the followers that write what is answered from."""
        self._commander = commander
        self._decisions = decisions
        self._views = views
        self._clock = clock

    def now(self) -> datetime:
        """The moment that a request is made at."""
        return to_milliseconds(self._clock())

    async def ask(self, command: CustomerCommand) -> dict[str, Any]:
        """What came of it, once it is durable and the views show it (they get ten seconds for that).

        RequestRefused if it was refused; NoAnswer if nobody decided in time.
        """
        outcome, sequence = await self._commander.ask(STREAM, command.id, commands.encode(command))
        if outcome.refused:
            raise RequestRefused(outcome.refused)
        for view in self._views():
            await self._decisions.seen(STREAM, view, sequence)
        return outcome.result
