"""The profile service: one timeline per customer, and which identities are one person."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from services.profile.api import add_routes
from services.profile.attachments import Attachments
from services.profile.decisions import IdentityDecisions, decision_log, maker_of
from services.profile.domain.rules import Classifier
from services.profile.generation import ViewsGeneration, Workshop
from services.profile.live import LiveTimeline
from services.profile.looks import Looks
from services.profile.ports import Ports
from services.profile.readers import Beside, Readers
from services.profile.requests import Requests
from services.profile.settings import ProfileSettings
from services.profile.store import Kept
from services.profile.stream import on_commands
from services.profile.sweeping import Sweeper
from shared.auth import now_utc
from shared.commanding import Commander, Outcomes
from shared.consuming import Consumption
from shared.dead_letters import DeadLetters
from shared.generation_consumptions import Consuming
from shared.generations import Pointer
from shared.identities import Identities, country_code
from shared.keeping import Keeping
from shared.keyring import keyring_of
from shared.mongo import connect, database
from shared.originals import Originals
from shared.publishing import Publisher
from shared.readiness import Readiness
from shared.secrets import read_secrets
from shared.service import Parts, kafka_broker, run
from shared.settings import read_settings
from shared.topics import CUSTOMER_COMMANDS
from shared.web import build_app

DESCRIPTION = "Customers and their timelines."


@asynccontextmanager
async def compose(settings: ProfileSettings) -> AsyncIterator[Parts]:
    """Opens the clients, builds the parts, and closes the clients at the end."""
    secrets = read_secrets(settings.secrets_dir)
    async with AsyncExitStack() as ending:
        client = await ending.enter_async_context(connect(settings.mongo_url))
        kept = Kept(database(client, settings.namespace, "profile"))
        await kept.create_indexes()
        log = decision_log(kept.database)
        await log.create_indexes()
        keyring = keyring_of(client, settings.namespace, settings.secrets_dir)
        outcomes = Outcomes(log.decisions)
        await outcomes.start()
        ending.push_async_callback(outcomes.stop)
        publisher = Publisher(settings.kafka_bootstrap, settings.namespace)
        await publisher.start()
        ending.push_async_callback(publisher.stop)
        policy = settings.profile_policy
        classifier = Classifier(policy.identities)
        decisions = IdentityDecisions(maker_of(log, publisher, policy.identities.limits, now_utc), now_utc)
        ending.push_async_callback(decisions.stop)
        originals = Originals(database(client, settings.namespace, "originals"))
        workshop = Workshop(
            client=client,
            settings=settings,
            consuming=Consuming(settings=settings, publisher=publisher, keyring=keyring),
            classifier=classifier,
            decisions=decisions,
            beside=Beside(kept=kept, originals=originals, keyring=keyring, now=now_utc),
        )
        views: Keeping[ViewsGeneration] = Keeping(
            Pointer(kept.database), lambda number: ViewsGeneration(workshop, lambda: views, number)
        )
        await views.open()
        ending.push_async_callback(views.stop)
        consumption = Consumption(on_commands(settings.namespace, decisions), DeadLetters(publisher, keyring))
        broker = kafka_broker(settings)
        consumption.subscribe(broker)

        def readers() -> Readers:
            return views.current.readers

        live = LiveTimeline(readers)
        views.on_switch(live.look_again)
        ending.push_async_callback(live.stop)
        readiness = Readiness()
        readiness.further = views.consumptions
        app = build_app("profile", DESCRIPTION, jwt_key=secrets.jwt, readiness=readiness)
        requests = Requests(
            Commander(publisher, CUSTOMER_COMMANDS, outcomes),
            log,
            lambda: [follower.name for follower in views.current.followers],
            now_utc,
        )
        ports = Ports(
            readers=readers,
            country_code=country_code(settings.default_region),
            attachments=Attachments(originals, keyring),
            live=live,
            looks=Looks(kept, lambda: readers().store, policy.access, now_utc),
            identities=Identities(settings.default_region),
            hasher=await keyring.hasher(),
            keyring=keyring,
            classifier=classifier,
            access=policy.access,
            requests=requests,
            now=now_utc,
        )
        add_routes(app, ports)
        sweeper = Sweeper(lambda: [one.readers.store for one in views.generations()], policy.retention, now_utc)
        yield Parts(
            app=app,
            broker=broker,
            consumptions=(consumption,),
            readiness=readiness,
            background=(views.run, sweeper.keep),
            stops=(views.stop,),
        )


def main() -> None:
    """Runs profile until it is told to end."""
    run("profile", lambda: read_settings(ProfileSettings), compose)


if __name__ == "__main__":
    main()
