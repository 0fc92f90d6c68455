"""The simulated contact centre as a whole: opens, takes customers as they come, closes, and checks itself."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time_ns
from urllib.parse import urlsplit

import httpx
from rich.console import Console

from deploy.local.errors import ServerError
from deploy.local.simulation.arrivals import OFFICE_DAY
from deploy.local.simulation.behaviour import temper
from deploy.local.simulation.chance import chance_for
from deploy.local.simulation.contacts import Door, busy_peak, contacts
from deploy.local.simulation.doors import doors_of
from deploy.local.simulation.live.access import Access, Addresses, Mint, Unanswered, new_client
from deploy.local.simulation.live.agents import Agent, Floor
from deploy.local.simulation.live.audit import Finding, compare, sample
from deploy.local.simulation.live.chat import ChatSite
from deploy.local.simulation.live.customers import Channels, Customers
from deploy.local.simulation.live.desk import Desk
from deploy.local.simulation.live.events import Events
from deploy.local.simulation.live.figures import Figures
from deploy.local.simulation.live.ledger import Ledger
from deploy.local.simulation.live.mail import Post
from deploy.local.simulation.live.pace import Pace
from deploy.local.simulation.live.phone import Line, PluginLine, Switchboard
from deploy.local.simulation.live.show import show
from deploy.local.simulation.live.signs import either
from deploy.local.simulation.live.summary import Summary
from deploy.local.simulation.live.twilio_line import TwilioLine
from deploy.local.simulation.live.view import View

_SAMPLED_TIMELINES = 300


class NothingToPlay(ServerError):
    def __init__(self, what: str) -> None:
        super().__init__(f"The hub has no {what} to play with. Give it some: hub apply deploy/local/sample.yaml.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """rate: contacts a real minute at the busiest hour, None for what keeps the agents busy. seconds: real ones.

    begins: the time of day at the start, in seconds since midnight.
    """

    rate: float | None
    seed: int
    seconds: float
    speed: float
    begins: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How to reach the hub. twilio_token: set where the hub has the same; public_url: what Twilio signs for it."""

    addresses: Addresses
    mint: Mint
    twilio_token: str | None = None
    public_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the hub has: the ways in, and its agents' names by id."""

    doors: Sequence[Door]
    agents: Mapping[str, str]


async def simulate(plan: Plan, reach: Reach, console: Console, stop: asyncio.Event) -> Summary:
    """Plays until the time is over or `stop` is set, then closes and checks. Unanswered if the hub does not let it."""
    async with new_client() as client:
        supervisor = Access(client, reach.mint("supervisor", "hub-demo"))
        house = await _look_around(supervisor, reach.addresses.routing)
        centre = Centre(plan, reach, house, client, supervisor)
        await centre.play(console, stop)
        console.print("Everybody has gone home. Looking for everything on the timelines …", highlight=False)
        return centre.summary(await centre.check())


async def _look_around(supervisor: Access, routing: str) -> House:
    queues = (await supervisor.get(f"{routing}/v1/queues", limit=500))["items"]
    agents = (await supervisor.get(f"{routing}/v1/agents", limit=500))["items"]
    house = House(doors=doors_of(queues), agents={agent["id"]: agent["name"] for agent in agents})
    if not house.doors or not house.agents:
        raise NothingToPlay("agents" if house.doors else "queues with rules")
    return house


class Centre:
    """One run. Everything that is sent carries the run's name, so that the next run with the same seed is news."""

    def __init__(self, plan: Plan, reach: Reach, house: House, client: httpx.AsyncClient, supervisor: Access) -> None:
        self._plan = plan
        self._reach = reach
        self._house = house
        self._client = client
        self._supervisor = supervisor
        self._began = datetime.now(UTC)
        self._run = f"{time_ns() // 1_000_000:012x}"
        self._pace = Pace(plan.speed, plan.begins)
        self._ledger = Ledger(lambda: self._pace.now)
        asked = plan.rate / 60 / plan.speed if plan.rate is not None else None
        self._peak = asked or busy_peak(len(house.agents), house.doors)
        self._channels: dict[str, str] = {}
        self._figures = Figures(supervisor, reach.addresses, self._channels)
        self._closing = asyncio.Event()
        self._played = 0.0

    async def play(self, console: Console, stop: asyncio.Event) -> None:
        """Opens, plays and closes. Returns when everybody is gone."""
        async with asyncio.TaskGroup() as aside:
            watching = [aside.create_task(one) for one in (self._watch(), show(console, self._view))]
            await self._day(stop)
            self._played = self._pace.elapsed
            for task in watching:
                task.cancel()

    async def _day(self, stop: asyncio.Event) -> None:
        channels = self._open_channels()
        customers = Customers(channels, self._pace, self._ledger)
        async with asyncio.TaskGroup() as tasks:
            floor = self._floor(channels, tasks)
            for agent in self._house.agents:
                tasks.create_task(self._agent(agent, floor).work())
            async with asyncio.TaskGroup() as visits:
                await self._arrivals(customers, visits, stop)
                customers.close()
                self._closing.set()

    async def _arrivals(self, customers: Customers, visits: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        plan, house = self._plan, self._house
        for wish in contacts(plan.seed, OFFICE_DAY, self._peak, plan.begins, house.doors):
            wait = self._pace.real(wish.at - self._pace.now)
            await either(stop, within=max(0.0, min(wait, self._left)))
            if stop.is_set() or self._left <= 0:
                return
            visits.create_task(customers.play(wish))

    async def check(self) -> Finding:
        """Compares a sample of the timelines with what was sent."""
        chosen = sample(chance_for(self._plan.seed, "check"), self._ledger.expected, _SAMPLED_TIMELINES)
        return await compare(self._supervisor, self._reach.addresses.profile, chosen, self._began)

    def summary(self, finding: Finding) -> Summary:
        """What is to be said of the run."""
        ledger, plan = self._ledger, self._plan
        return Summary(
            seed=plan.seed,
            seconds=self._played,
            speed=plan.speed,
            handed=ledger.handed,
            taken=ledger.taken,
            outcomes=ledger.outcomes,
            reasons=ledger.reasons,
            finding=finding,
        )

    def _open_channels(self) -> Channels:
        addresses, ledger, run = self._reach.addresses, self._ledger, self._run
        plugins = Access(self._client, self._reach.mint("channel", "hub-demo"))
        events = Events(run)
        host = urlsplit(addresses.ingest).hostname or ""
        return Channels(
            post=Post(host, addresses.smtp, run),
            chat=ChatSite(f"ws{addresses.ingest.removeprefix('http')}/v1/chat", ledger, run),
            phone=Switchboard(self._line(plugins, events), ledger),
            plugins=plugins,
            events_url=f"{addresses.ingest}/v1/events",
            events=events,
        )

    def _line(self, plugins: Access, events: Events) -> Line:
        reach = self._reach
        if reach.twilio_token is None:
            return PluginLine(plugins, reach.addresses.ingest, events)
        public_url = reach.public_url or reach.addresses.ingest
        return TwilioLine(self._supervisor, reach.addresses, reach.twilio_token, self._run, public_url)

    def _floor(self, channels: Channels, tasks: asyncio.TaskGroup) -> Floor:
        return Floor(
            pace=self._pace,
            ledger=self._ledger,
            phone=channels.phone,
            chat=channels.chat,
            tasks=tasks,
            languages={door.queue: door.language for door in self._house.doors if door.language},
            channels=self._channels,
            closing=self._closing,
        )

    def _agent(self, agent: str, floor: Floor) -> Agent:
        chance = chance_for(self._plan.seed, "agent", agent)
        access = Access(self._client, self._reach.mint("agent", agent))
        desk = Desk(agent, self._house.agents[agent], access, self._reach.addresses)
        return Agent(desk, temper(chance), chance, floor)

    async def _watch(self) -> None:
        await self._figures.keep_fresh(self._note)

    def _note(self, unanswered: Unanswered) -> None:
        self._ledger.trouble("board", str(unanswered))

    @property
    def _left(self) -> float:
        return self._plan.seconds - self._pace.elapsed

    def _view(self) -> View:
        ledger, figures, now = self._ledger, self._figures, self._pace.now
        return View(
            time=now,
            speed=self._plan.speed,
            seed=self._plan.seed,
            rate=self._peak * OFFICE_DAY.share(now) * self._plan.speed * 60,
            left=self._left,
            closing=self._closing.is_set(),
            total=figures.total,
            queues=figures.queues,
            agents=figures.agents,
            happenings=tuple(ledger.happenings),
            handed=ledger.handed.total(),
            taken=ledger.taken.total(),
            by_kind=dict(ledger.handed),
            troubles=ledger.troubles,
            last_trouble=ledger.last_trouble,
            ways=self._ways,
        )

    @property
    def _ways(self) -> str:
        phone = "signed Twilio webhooks" if self._reach.twilio_token else "CloudEvents"
        return (
            f"email by SMTP, chat by websocket, calls by {phone}, social and orders by CloudEvents; "
            f"{len(self._house.agents)} agents by the routing API"
        )
