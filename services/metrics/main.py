"""The metrics service: keeps the figures of tickets and agents, and tells them live."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.metrics.api import kpi_routes
from services.metrics.application import AgentFigures, TicketFigures
from services.metrics.broadcast import Broadcast
from services.metrics.live import Live
from services.metrics.settings import MetricsSettings
from services.metrics.store import KpiStore
from services.metrics.stream import on_agents, on_tickets
from services.metrics.targets import Targets
from shared.auth import now_utc
from shared.consuming import Consumption
from shared.dead_letters import DeadLetters
from shared.keyring import keyring_of
from shared.mongo import connect, database
from shared.publishing import Publisher
from shared.readiness import Readiness
from shared.secrets import read_secrets
from shared.service import Parts, kafka_broker, run
from shared.settings import read_settings
from shared.web import build_app

DESCRIPTION = "Figures of the contact centre, live."


@asynccontextmanager
async def compose(settings: MetricsSettings) -> AsyncIterator[Parts]:
    """Opens the clients, builds the parts, and closes the clients at the end."""
    secrets = read_secrets(settings.secrets_dir)
    publisher = Publisher(settings.kafka_bootstrap, settings.namespace)
    async with connect(settings.mongo_url) as client, client.start_session() as session:
        own = database(client, settings.namespace, "metrics")
        keyring = keyring_of(client, settings.namespace, settings.secrets_dir)
        store = KpiStore(client, own, session)
        await store.prepare()
        await publisher.start()
        try:
            dead_letters = DeadLetters(publisher, keyring)
            tickets = Consumption(on_tickets(settings.namespace, TicketFigures(store)), dead_letters)
            agents = Consumption(on_agents(settings.namespace, AgentFigures(store)), dead_letters)
            broker = kafka_broker(settings)
            tickets.subscribe(broker)
            agents.subscribe(broker)
            targets = Targets(own)
            live = Live(client, own, targets, now_utc)
            readiness = Readiness()
            app = build_app("metrics", DESCRIPTION, jwt_key=secrets.jwt, readiness=readiness)
            app.include_router(kpi_routes(live, targets))
            broadcast = Broadcast(live, publisher, lambda: 0 in (tickets.assigned or ()), now_utc)
            yield Parts(
                app=app,
                broker=broker,
                consumptions=(tickets, agents),
                readiness=readiness,
                background=(broadcast.run,),
            )
        finally:
            await publisher.stop()


def main() -> None:
    """Runs the service until it is asked to stop."""
    run("metrics", lambda: read_settings(MetricsSettings), compose)


if __name__ == "__main__":
    main()
