"""Customers whose words can be opened: interactions sealed as ingest seals them, at an address of the centre's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.content import CallContent, MessageContent
from shared.contracts.interactions import CallEnded, CallStarted, IvrChoiceMade, Message, MessageReceived
from shared.keyring import Keyring, keyring_of
from shared.mongo import connect
from shared.publishing import Publisher
from shared.sealing import Hasher
from shared.topics import INTERACTIONS
from tests.integration.routing.centre import Centre
from tests.sealed_events import Sealer, call, conversation_id, envelope, message

Json = dict[str, Any]


class Writers:
    """Mail to and call a centre; no event names a queue. A conversation is called by a name."""

    def __init__(self, publisher: Publisher, sealer: Sealer, centre: Centre) -> None:
        self.mailbox = f"desk@{centre.pool}.example"
        self.number = f"+4930{centre.pool.removeprefix('pool-'):0>6}"
        self.sealer = sealer
        self._publisher = publisher
        self._centre = centre

    @classmethod
    @asynccontextmanager
    async def of(cls, publisher: Publisher, centre: Centre) -> AsyncIterator["Writers"]:
        """Those of a centre, with the keys of its service."""
        async with connect(centre.routing.servers.mongo) as client:
            keyring: Keyring = keyring_of(client, centre.routing.namespace, centre.routing.directory)
            hasher: Hasher = await keyring.hasher()
            yield cls(publisher, Sealer(keyring, hasher), centre)

    def mail(self, name: str, text: str, *, subject: str = "Hello", **facts: Any) -> MessageReceived[MessageContent]:  # noqa: ANN401 (fields of Message)
        """A plain mail. facts: what else is so, such as `automatic`."""
        event = message(f"{self._centre.pool} {name}", f"email:{name}@{self._centre.pool}.example", text, at=now())
        content = replace(event.data.content, subject=subject)
        data: Message[MessageContent] = replace(event.data, address=self.mailbox, content=content, **facts)
        mail: MessageReceived[MessageContent] = self._in_conversation(name, replace(event, data=data))
        return mail

    def call(self, name: str, seconds_ago: float = 0) -> CallStarted[CallContent]:
        """A call begins."""
        event = call(f"{self._centre.pool} {name}", self._caller(name), at=now() - timedelta(seconds=seconds_ago))
        data = replace(event.data, address=self.number)
        started: CallStarted[CallContent] = self._in_conversation(name, replace(event, data=data))
        return started

    def choose(self, name: str, choice: str) -> IvrChoiceMade[CallContent]:
        """The caller chooses from a menu."""
        return IvrChoiceMade(**self._of_call("ivr.choice.made", name, CallContent(text=choice)))

    def hang_up(self, name: str) -> CallEnded[CallContent]:
        """The caller hangs up."""
        return CallEnded(**self._of_call("call.ended", name, CallContent()))

    async def send(self, *plain: Any) -> None:  # noqa: ANN401 (any class of InteractionEvent)
        """Seals the events and publishes them durably, in order."""
        await self._publisher.publish(INTERACTIONS, await self.sealer.outgoing(plain))

    def conversation(self, name: str) -> str:
        """A conversation's id."""
        return conversation_id(f"{self._centre.pool} {name}")

    def _caller(self, name: str) -> str:
        return f"phone:{name}@{self._centre.pool}"

    def _of_call(self, kind: str, name: str, content: CallContent) -> Json:
        data = replace(self.call(name).data, conversation=self.conversation(name), content=content)
        own_id = f"{self._centre.pool} {name} {kind}"
        return {**envelope(own_id, f"hub.{kind}.v1", self.conversation(name), now(), None), "data": data}

    def _in_conversation(self, name: str, event: Any) -> Any:  # noqa: ANN401 (any class of InteractionEvent)
        known = self.conversation(name)
        return replace(event, partitionkey=known, correlationid=known, data=replace(event.data, conversation=known))


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)
