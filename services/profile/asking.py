"""Asking the one decision maker of identities for what the events imply."""

from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import Field

from services.profile.domain.commands import CustomerCommand
from services.profile.domain.linking import STREAM
from shared.contracts.codec import Codec
from shared.publishing import Outgoing, Publisher
from shared.topics import CUSTOMER_COMMANDS

commands: Codec[CustomerCommand] = Codec(Annotated[CustomerCommand, Field(discriminator="command")])
"""How commands of hub.customer-commands.v1 are read and written."""


class Asking:
    """Publishes commands that nobody waits for.

    may: whether it does. Of several generations of views, which all find the same, one at least has to.
    """

    def __init__(self, publisher: Publisher, may: Callable[[], bool] = lambda: True) -> None:
        self._publisher = publisher
        self._may = may

    async def ask(self, wanted: Iterable[CustomerCommand]) -> None:
        """Asks durably."""
        records = [Outgoing(STREAM, commands.encode(command)) for command in wanted]
        if records and self._may():
            await self._publisher.publish(CUSTOMER_COMMANDS, records)
