"""What is still to be told, at moments that no test can wait for: a minute later, a day later."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pytest

from deploy.local.secret_files import make_secrets
from services.metrics.alerting.book import AlertBook
from services.metrics.alerting.deliveries import Deliveries, Delivery
from services.metrics.alerting.posting import Posting
from services.metrics.alerting.sending import Sending
from services.metrics.alerting.webhooks import Webhook, WebhookKind, Webhooks
from services.metrics.domain.alertmanager import Origin
from services.metrics.domain.retrying import KEEP_TRYING
from shared.keyring import keyring_of
from shared.mongo import Document, connect, database
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.metrics.receiver import SECRET, Receiver, receiving
from tests.unit.metrics.rules_given import NOON, history, reading, rule


@dataclass(slots=True)
class Outbox:
    """The outbox with a clock that the test sets."""

    now: datetime
    book: AlertBook
    webhooks: Webhooks
    deliveries: Deliveries
    sending: Sending

    async def send(self) -> None:
        """Attempts what is due, to the end."""
        await eventually(self._is_quiet, what="the end of all attempts")

    async def _is_quiet(self) -> bool:
        await self.sending.send_due()
        return not await self.deliveries.due_webhooks(self.now)

    async def what_is_left(self) -> list[Document]:
        return await self.deliveries.of("hook", 10)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
async def outbox(servers: Servers, namespace: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outbox]:
    async with _outbox(servers, namespace, tmp_path_factory) as made:
        yield made


@asynccontextmanager
async def _outbox(servers: Servers, namespace: str, directories: pytest.TempPathFactory) -> AsyncIterator[Outbox]:
    directory = directories.mktemp("secrets")
    make_secrets(directory)
    async with connect(servers.mongo) as client, Posting() as posting:
        own = database(client, namespace, "metrics")
        book, deliveries = AlertBook(own), Deliveries(own)
        webhooks = Webhooks(own, keyring_of(client, namespace, directory))
        await book.create_indexes()
        await deliveries.create_indexes()
        origin = Origin(namespace=namespace, url="http://metrics.example")
        clock = partial(lambda: made.now)
        made = Outbox(NOON, book, webhooks, deliveries, Sending(webhooks, deliveries, book, posting, clock, origin))
        yield made
        await made.sending.stop()


async def put(outbox: Outbox, receiver: Receiver, kind: WebhookKind) -> None:
    secret = SECRET if kind == "hub" else None
    await outbox.webhooks.put(Webhook(id="hook", url=receiver.url, kind=kind, secret=secret))


async def test_a_delivery_is_tried_for_a_day_ever_more_rarely_and_then_shown_as_dead(
    outbox: Outbox, receiver: Receiver
) -> None:
    receiver.answer = lambda _: 500
    await put(outbox, receiver, "hub")
    delivery = Delivery(webhook="hook", event="event-1", alert="alert-1", body="{}", created=NOON)
    await outbox.deliveries.add([delivery])
    pauses = []
    while (left := (await outbox.what_is_left())[0])["state"] == "waiting":
        pauses.append(left["due"] - outbox.now)
        outbox.now = left["due"]
        await outbox.send()
        assert len(receiver.posted) == len(pauses)
    assert outbox.now == NOON + KEEP_TRYING
    assert pauses[1] <= timedelta(seconds=5)
    assert max(pauses) <= timedelta(hours=1)
    assert 24 < len(pauses) < 80
    assert {one.headers["webhook-id"] for one in receiver.posted} == {"event-1"}
    assert (left["attempts"], left["failure"]) == (len(pauses), "it answered 500")
    await outbox.deliveries.add([delivery])
    outbox.now += timedelta(days=1)
    await outbox.send()
    assert len(receiver.posted) == len(pauses), "what is dead stays dead"


async def test_what_is_added_again_is_delivered_once_while_it_waits(outbox: Outbox, receiver: Receiver) -> None:
    await put(outbox, receiver, "hub")
    events = [Delivery(webhook="hook", event=f"e-{n}", alert="a", body="{}", created=NOON) for n in (1, 2)]
    await outbox.deliveries.add(events[:1])
    await outbox.deliveries.add(events)
    await outbox.send()
    assert sorted(one.headers["webhook-id"] for one in receiver.taken) == ["e-1", "e-2"]
    assert await outbox.what_is_left() == []


async def test_a_receiver_that_is_not_there_holds_up_nobody_else(outbox: Outbox, receiver: Receiver) -> None:
    await outbox.webhooks.put(Webhook(id="gone", url="http://127.0.0.1:9", kind="hub", secret=SECRET))
    await put(outbox, receiver, "hub")
    for name in ("gone", "hook"):
        await outbox.deliveries.add([Delivery(webhook=name, event="e", alert="a", body="{}", created=NOON)])
    await outbox.send()
    assert len(receiver.taken) == 1
    (failed,) = await outbox.deliveries.of("gone", 10)
    assert failed["failure"].startswith("ConnectError: ")


async def test_what_was_waiting_for_a_webhook_that_was_deleted_is_dropped(outbox: Outbox, receiver: Receiver) -> None:
    await put(outbox, receiver, "hub")
    await outbox.webhooks.delete("hook")
    await outbox.deliveries.add([Delivery(webhook="hook", event="e", alert="a", body="{}", created=NOON)])
    await outbox.send()
    assert receiver.posted == []
    assert await outbox.what_is_left() == []


async def test_an_alertmanager_is_told_again_of_what_is_open_or_has_just_ended(
    outbox: Outbox, receiver: Receiver
) -> None:
    await put(outbox, receiver, "alertmanager")
    await outbox.sending.resend()
    assert receiver.posted == [], "there is nothing to tell"
    _, (began, ended) = history(rule(), reading(0, 0.7), reading(120, 0.9))
    await outbox.book.enter(began)
    for minute in (1, 2):
        outbox.now = NOON + timedelta(minutes=minute)
        await outbox.sending.resend()
        ends = f"2026-11-21T12:0{minute + 4}:00+00:00"
        assert [one["endsAt"] for one in receiver.posted[-1].json] == [ends]
    for _ in range(2):
        await outbox.book.enter(ended)
    for minute in (3, 5):
        outbox.now = NOON + timedelta(minutes=minute)
        await outbox.sending.resend()
        assert [one["endsAt"] for one in receiver.posted[-1].json] == ["2026-11-21T12:02:00+00:00"]
    outbox.now = NOON + timedelta(minutes=6)
    await outbox.sending.resend()
    assert len(receiver.posted) == 4
