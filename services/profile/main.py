"""The profile service: one timeline per customer, and which identities are one person."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from services.profile.agents import AgentProjection
from services.profile.api import add_routes
from services.profile.application import TimelineProjection
from services.profile.attachments import Attachments
from services.profile.decisions import IdentityDecisions, decision_log, maker_of
from services.profile.domain.rules import Classifier
from services.profile.export import Export
from services.profile.indexing import WordIndex, records_waiting
from services.profile.live import LiveTimeline
from services.profile.looks import Looks
from services.profile.matching import Matching
from services.profile.people import People
from services.profile.ports import Ports
from services.profile.reading import Customers
from services.profile.requests import Requests
from services.profile.searching import Search
from services.profile.settings import ProfileSettings
from services.profile.store import Store
from services.profile.stream import on_agents, on_commands, on_interactions, on_tickets, on_what_is_said
from services.profile.suggestions import Suggestions
from services.profile.sweeping import Sweeper
from services.profile.threads import Conversations
from services.profile.tickets import TicketProjection
from services.profile.timelines import Timelines
from shared.auth import now_utc
from shared.commanding import Commander, Outcomes
from shared.consuming import Consumption
from shared.dead_letters import DeadLetters
from shared.identities import Identities, country_code
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
        store = Store(database(client, settings.namespace, "profile"))
        await store.create_indexes()
        log = decision_log(store)
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
        matching = Matching(store, classifier)
        decisions = IdentityDecisions(maker_of(store, keyring, publisher, matching, policy.identities.limits, now_utc))
        ending.push_async_callback(decisions.stop)
        timeline = Consumption(
            on_interactions(settings.namespace, TimelineProjection(keyring, store, publisher, classifier, matching)),
            DeadLetters(publisher, keyring),
        )
        index = WordIndex(keyring, store, partial(records_waiting, timeline))
        consumptions = (
            timeline,
            Consumption(on_what_is_said(settings.namespace, index), DeadLetters(publisher, keyring)),
            Consumption(on_commands(settings.namespace, decisions), DeadLetters(publisher, keyring)),
            Consumption(on_tickets(settings.namespace, TicketProjection(store)), DeadLetters(publisher, keyring)),
            Consumption(on_agents(settings.namespace, AgentProjection(store)), DeadLetters(publisher, keyring)),
        )
        broker = kafka_broker(settings)
        for consumption in consumptions:
            consumption.subscribe(broker)
        customers = Customers(store)
        originals = Originals(database(client, settings.namespace, "originals"))
        live = LiveTimeline(store, customers)
        ending.push_async_callback(live.stop)
        readiness = Readiness()
        app = build_app("profile", DESCRIPTION, jwt_key=secrets.jwt, readiness=readiness)
        ports = Ports(
            customers=customers,
            people=People(store, customers, now_utc),
            search=Search(store),
            country_code=country_code(settings.default_region),
            timelines=Timelines(store),
            conversations=Conversations(store),
            export=Export(store, originals, keyring),
            attachments=Attachments(originals, keyring),
            live=live,
            looks=Looks(store, policy.access, now_utc),
            identities=Identities(settings.default_region),
            hasher=await keyring.hasher(),
            keyring=keyring,
            classifier=classifier,
            access=policy.access,
            requests=Requests(Commander(publisher, CUSTOMER_COMMANDS, outcomes), log, now_utc),
            suggestions=Suggestions(store, customers),
            now=now_utc,
        )
        add_routes(app, ports)
        sweeper = Sweeper(store, policy.retention, now_utc)
        yield Parts(app=app, broker=broker, consumptions=consumptions, readiness=readiness, background=(sweeper.keep,))


def main() -> None:
    """Runs profile until it is told to end."""
    run("profile", lambda: read_settings(ProfileSettings), compose)


if __name__ == "__main__":
    main()
