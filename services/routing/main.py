"""The routing service: opens a ticket for each request and finds an agent for it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.routing.api import presence_routes, ticket_routes
from services.routing.api_annotating import annotating_routes
from services.routing.api_callbacks import callback_routes
from services.routing.api_complaints import complaint_routes
from services.routing.api_consulting import consulting_routes
from services.routing.api_links import link_routes
from services.routing.api_live import live_routes
from services.routing.api_looks import look_routes
from services.routing.api_monitor import monitor_routes
from services.routing.api_setup import setup_routes
from services.routing.api_waits import wait_routes
from services.routing.api_work import work_routes
from services.routing.application import DecisionPublisher, PoolDecider, RoutingIntake
from services.routing.commands import pool_of, stream_of
from services.routing.customers import Customers
from services.routing.explaining import Explainer
from services.routing.feed import AgentFeed
from services.routing.generation import ViewsGeneration
from services.routing.live_pools import LivePools
from services.routing.looks import Looks
from services.routing.measured_waits import MeasuredWaits
from services.routing.menus import Menus
from services.routing.notes import Notes
from services.routing.ownership import Maker, OwnedPools
from services.routing.pool_states import PoolStates
from services.routing.requests import Requests
from services.routing.rulebook import Rulebook
from services.routing.settings import RoutingSettings
from services.routing.store import Store
from services.routing.stream import on_commands, on_customers, on_interactions
from services.routing.triage import Facts
from services.routing.view_store import ViewStore
from shared.auth import now_utc
from shared.commanding import Commander, Outcomes
from shared.consuming import Consumption
from shared.dead_letters import DeadLetters
from shared.deciding import DecisionMaker
from shared.following import Follower
from shared.generations import Pointer, views_database
from shared.keeping import Keeping
from shared.keyring import keyring_of
from shared.mongo import connect, database
from shared.publishing import Publisher
from shared.readiness import Readiness
from shared.secrets import read_secrets
from shared.service import Parts, kafka_broker, run
from shared.settings import read_settings
from shared.topics import ROUTING_COMMANDS
from shared.web import build_app

DESCRIPTION = "Tickets, agents, and who gets what."


@asynccontextmanager
async def compose(settings: RoutingSettings) -> AsyncIterator[Parts]:
    """Opens the clients, builds the parts, and closes the clients at the end."""
    secrets = read_secrets(settings.secrets_dir)
    async with AsyncExitStack() as ending:
        client = await ending.enter_async_context(connect(settings.mongo_url))
        own = database(client, settings.namespace, "routing")
        store = Store(own, lambda: views.current.views)
        await store.create_indexes()
        customers = Customers(own, store)
        await customers.create_indexes()
        looks = Looks(own, now_utc)
        await looks.create_indexes()
        publisher = Publisher(settings.kafka_bootstrap, settings.namespace)
        await publisher.start()
        ending.push_async_callback(publisher.stop)
        outcomes = Outcomes(store.log.decisions)
        await outcomes.start()
        ending.push_async_callback(outcomes.stop)
        keyring = keyring_of(client, settings.namespace, settings.secrets_dir)
        pools = OwnedPools(partial(_maker, store, publisher), partial(_known_pools, store), now_utc)
        ending.push_async_callback(pools.stop)
        outcomes.listen(MeasuredWaits(pools.state).on_decision)
        known = Consumption(on_customers(settings.namespace, customers), DeadLetters(publisher, keyring))
        facts = Facts(store, customers, keyring)
        intake = RoutingIntake(store, Rulebook(store), facts, publisher, now_utc)
        interactions = Consumption(on_interactions(settings.namespace, intake), DeadLetters(publisher, keyring))
        commands = Consumption(on_commands(settings.namespace, pools), DeadLetters(publisher, keyring))

        def generation(number: int) -> ViewsGeneration:
            kept = ViewStore(views_database(client, settings.namespace, "routing", number), number)
            return ViewsGeneration(number, kept, pools, lambda: views, commands.waiting)

        views: Keeping[ViewsGeneration] = Keeping(Pointer(own), generation)
        await views.open()
        ending.push_async_callback(views.stop)
        broker = kafka_broker(settings)
        for consumption in (known, interactions, commands):
            consumption.subscribe(broker)
        readiness = Readiness()
        app = build_app("routing", DESCRIPTION, jwt_key=secrets.jwt, readiness=readiness)
        requests = Requests(Commander(publisher, ROUTING_COMMANDS, outcomes), store, now_utc)
        live = LivePools(store, outcomes)
        ending.push_async_callback(live.stop)
        states = PoolStates(store, pools.state)
        add_routes(app, store, customers, requests, outcomes, live, states, Notes(store, keyring), looks)
        yield Parts(
            app=app,
            broker=broker,
            consumptions=(known, interactions, commands),
            readiness=readiness,
            background=(pools.keep, views.run, Menus(store, intake, now_utc).keep),
            stops=(views.stop,),
        )


def add_routes(
    app: FastAPI,
    store: Store,
    customers: Customers,
    requests: Requests,
    outcomes: Outcomes,
    live: LivePools,
    states: PoolStates,
    notes: Notes,
    looks: Looks,
) -> None:
    """Every route of routing's API."""
    app.include_router(wait_routes(store, states))
    app.include_router(callback_routes(store, requests))
    app.include_router(ticket_routes(store, customers, Explainer(store), looks))
    app.include_router(work_routes(store, requests))
    app.include_router(monitor_routes(store, requests))
    app.include_router(annotating_routes(store, requests, notes, looks))
    app.include_router(link_routes(store, requests, customers))
    app.include_router(consulting_routes(store, requests))
    app.include_router(complaint_routes(store, requests, looks, now_utc))
    app.include_router(presence_routes(store, requests, AgentFeed(store, outcomes)))
    app.include_router(setup_routes(store, requests))
    app.include_router(live_routes(store, live))
    app.include_router(look_routes(looks, customers))


def _maker(store: Store, publisher: Publisher, pool: str) -> Maker:
    return DecisionMaker(
        stream=stream_of(pool),
        service="routing",
        decider=PoolDecider(),
        decisions=store.log,
        followers=(Follower(name="published", follow=DecisionPublisher(publisher).follow),),
        clock=now_utc,
    )


async def _known_pools(store: Store) -> list[str]:
    return [pool_of(stream) for stream in await store.log.streams()]


def main() -> None:
    """Runs the service until it is asked to stop."""
    run("routing", lambda: read_settings(RoutingSettings), compose)


if __name__ == "__main__":
    main()
