"""Ingest's composition root: the only place that constructs its clients."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from services.ingest import stream
from services.ingest.api import TWILIO_WEBHOOK, Ports, add_routes
from services.ingest.application import Acceptance
from services.ingest.channels import smtp
from services.ingest.channels.chat_room import ChatRoom
from services.ingest.chats import ChatConversations
from services.ingest.dead_letters_api import LetterPorts, dead_letter_routes
from services.ingest.identities import Identities
from services.ingest.settings import IngestSettings
from services.ingest.store import Chats, Letters, Outbox
from services.ingest.tellings import Tellings
from services.ingest.twilio_steps import TwilioSteps
from services.ingest.waiting_calls import WaitingCalls
from shared.auth import now_utc
from shared.consuming import Consumption
from shared.dead_letters import DeadLetters
from shared.keyring import keyring_of
from shared.mongo import connect, database
from shared.originals import Originals
from shared.publishing import Publisher
from shared.readiness import Readiness
from shared.secrets import read_secrets
from shared.service import Parts, kafka_broker, run
from shared.settings import read_settings
from shared.web import build_app

DESCRIPTION = "Takes in what customers do on any channel, and delivers what agents answer."


@asynccontextmanager
async def compose(settings: IngestSettings) -> AsyncIterator[Parts]:
    """Everything that ingest is made of, while the context is open."""
    secrets = read_secrets(settings.secrets_dir)
    publisher = Publisher(settings.kafka_bootstrap, settings.namespace)
    async with connect(settings.mongo_url) as client:
        own = database(client, settings.namespace, "ingest")
        originals = Originals(database(client, settings.namespace, "originals"))
        letters, chats, outbox, calls = Letters(own), Chats(own), Outbox(own), WaitingCalls(own)
        for collection in (originals, letters, chats, outbox, calls):
            await collection.prepare()
        keyring = keyring_of(client, settings.namespace, settings.secrets_dir)
        hasher = await keyring.hasher()
        identities = Identities(settings.default_region)
        acceptance = Acceptance(publisher, keyring, hasher, identities, now_utc)
        conversations = ChatConversations(acceptance, keyring, hasher, chats, now_utc)
        room = ChatRoom(conversations, chats, outbox, secrets.jwt, settings)
        broker = kafka_broker(settings)
        dead_letters = partial(DeadLetters, publisher, keyring)
        consumptions = (
            Consumption(stream.waits(settings.namespace, Tellings(conversations, calls, now_utc)), dead_letters()),
            Consumption(stream.outbound(settings.namespace, outbox, publisher), dead_letters()),
            Consumption(stream.letters(settings.namespace, letters), dead_letters()),
        )
        for consumption in consumptions:
            consumption.subscribe(broker)
        readiness = Readiness()
        app = build_app("ingest", DESCRIPTION, jwt_key=secrets.jwt, readiness=readiness)
        add_routes(
            app,
            Ports(
                settings=settings,
                acceptance=acceptance,
                identities=identities,
                conversations=conversations,
                room=room,
                twilio=TwilioSteps(
                    webhook=f"{settings.reached_at}{TWILIO_WEBHOOK}",
                    queue=settings.twilio_queue,
                    say=settings.twilio_say,
                    acceptance=acceptance,
                    identities=identities,
                    keyring=keyring,
                    hasher=hasher,
                    calls=calls,
                    now=now_utc,
                ),
                originals=originals,
            ),
        )
        app.include_router(
            dead_letter_routes(
                LetterPorts(namespace=settings.namespace, letters=letters, keyring=keyring, publisher=publisher)
            )
        )
        await publisher.start()
        try:
            drop = smtp.MailDrop(acceptance, originals, identities, now_utc)
            async with smtp.serve(drop, settings.smtp_host, settings.smtp_port, settings.mail_size_limit):
                yield Parts(
                    app=app,
                    broker=broker,
                    consumptions=consumptions,
                    readiness=readiness,
                    background=(room.keep_up, room.deliver),
                )
        finally:
            await publisher.stop()


def main() -> None:
    """Runs ingest until it is told to end."""
    run("ingest", lambda: read_settings(IngestSettings), compose)


if __name__ == "__main__":
    main()
