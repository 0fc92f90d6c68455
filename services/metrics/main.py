"""The metrics service: keeps the figures of tickets and agents, and tells them live."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from services.metrics.alerting.book import AlertBook
from services.metrics.alerting.parts import alert_parts
from services.metrics.api import kpi_routes
from services.metrics.api_history import history_routes
from services.metrics.broadcast import Broadcast
from services.metrics.domain.alertmanager import Origin
from services.metrics.domain.kpis import Choice
from services.metrics.drilling.api import drill_routes
from services.metrics.exposition import Exposition
from services.metrics.generation import FiguresGeneration, Workshop
from services.metrics.live import Live
from services.metrics.log_ends import LogEnds
from services.metrics.reporting.api import report_routes
from services.metrics.reporting.making import Reporting
from services.metrics.settings import MetricsSettings
from services.metrics.targets import Targets
from services.metrics.targets_api import target_routes
from shared.auth import now_utc
from shared.generation_consumptions import Consuming
from shared.generations import Pointer
from shared.keeping import Keeping
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
    async with AsyncExitStack() as ending:
        client = await ending.enter_async_context(connect(settings.mongo_url))
        own = database(client, settings.namespace, "metrics")
        publisher = Publisher(settings.kafka_bootstrap, settings.namespace)
        await publisher.start()
        ending.push_async_callback(publisher.stop)
        targets = Targets(own)
        keyring = keyring_of(client, settings.namespace, settings.secrets_dir)
        ends = LogEnds(settings.kafka_bootstrap, lambda: figures.current.sources, now_utc)
        workshop = Workshop(
            client=client,
            settings=settings,
            consuming=Consuming(settings=settings, publisher=publisher, keyring=keyring),
            targets=targets,
            looks=ends.looks,
        )
        figures: Keeping[FiguresGeneration] = Keeping(
            Pointer(own), lambda number: FiguresGeneration(workshop, lambda: figures, number)
        )
        await figures.open()
        ending.push_async_callback(figures.stop)

        def live() -> Live:
            return figures.current.live

        readiness = Readiness()
        readiness.further = figures.consumptions
        freshen = Exposition(lambda window: live().measure(window, ("all", "queue", "channel"), Choice.of())).freshen
        app = build_app("metrics", DESCRIPTION, jwt_key=secrets.jwt, readiness=readiness, freshen=freshen)

        def is_owner() -> bool:
            return figures.current.is_first

        broadcast = Broadcast(live, publisher, is_owner, now_utc)
        origin = Origin(namespace=settings.namespace, url=settings.origin)
        alerting = await ending.enter_async_context(
            alert_parts(own, live, targets, publisher, keyring, is_owner, now_utc, origin)
        )
        kpis = (
            kpi_routes(live),
            history_routes(lambda: figures.current.history, lambda: figures.current.pieces, now_utc),
        )
        drill = drill_routes(lambda: figures.current.drill, now_utc)
        reporting = Reporting(own, lambda: (figures.current.past, figures.current.history), targets, AlertBook(own))
        for router in (
            *kpis,
            drill,
            report_routes(reporting, now_utc),
            target_routes(live, targets),
            *alerting.routers,
        ):
            app.include_router(router)
        yield Parts(
            app=app,
            broker=kafka_broker(settings),
            consumptions=(),
            readiness=readiness,
            background=(figures.run, ends.run, broadcast.run, *alerting.background),
            stops=(figures.stop,),
        )


def main() -> None:
    """Runs the service until it is asked to stop."""
    run("metrics", lambda: read_settings(MetricsSettings), compose)


if __name__ == "__main__":
    main()
