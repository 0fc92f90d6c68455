"""A generated pool under load, in the pure core: what a contact centre is asked to decide, and what comes of it.

Three agents of ten serve every queue, the others five to ten of them. An agent has the skills of its queues, well or
very well; two of three queues ask for skills; one contact in ten brings a language besides. Channels, priorities and
capacities are mixed. The clock goes faster where there are more agents, so a minute holds the same work for each.

A contact comes, waits, is offered; one offer in twenty is declined, the others are accepted; some conversations are put
on hold; a wrap-up follows where the channel has one; resolving it offers the agent the next. One contact in fifty is
given up while it waits. One agent in fifty contacts takes a break and comes back. Deadlines fire when they are due.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from time import process_time

from pydantic import TypeAdapter

from services.routing.domain.commands import (
    AcceptTicket,
    Asked,
    Command,
    ConfigureAgent,
    ConfigurePool,
    ConfigureQueue,
    DeclineTicket,
    EndContact,
    Ended,
    FireTimers,
    HoldTicket,
    OpenTicket,
    ResolveTicket,
    ResumeTicket,
    SetStatus,
    StartWrapup,
)
from services.routing.domain.configuration import AgentSettings, PoolSettings, QueueRule, QueueSettings
from services.routing.domain.decide import Agreed, decide
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from services.routing.domain.timers import next_deadline
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketDeclined,
    TicketExpired,
    TicketOffered,
    TicketQueued,
)
from shared.contracts.values import Moment

SEED = 11
_SKILLS = 20
_LANGUAGES = ("de", "en", "fr")
CHANNELS = ("phone", "chat", "chat", "email", "email", "email", "social")
_WRAPPED_UP = frozenset({"phone", "chat"})
_BRINGS_LANGUAGE, _DECLINES, _HOLDS, _GIVES_UP, _PAUSES = 0.1, 0.05, 0.1, 0.02, 0.02
_AT_ONCE = 20
_times: TypeAdapter[datetime] = TypeAdapter(Moment)
_PATIENCE = 20
"""So many contacts come after one that is going to be given up, of those that are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a pool. waiting: tickets that nobody has, kept at that number throughout."""

    agents: int
    queues: int
    waiting: int

    def __str__(self) -> str:
        return f"{self.agents:,} agents, {self.queues:,} queues, {self.waiting:,} waiting"


def configuration(size: Size, chance: Random, offer_timeout_s: float = 20.0) -> Iterator[Command]:
    """The commands that set such a pool up; everybody is away."""
    yield ConfigurePool(settings=PoolSettings(name="Bench"))
    for number in range(size.queues):
        yield ConfigureQueue(
            queue=f"q{number}",
            settings=QueueSettings(
                name=f"Queue {number}",
                skills=_needs(number),
                priority=number % 3 + 4,
                rules=(QueueRule(channel="chat", address=f"site-{number}.example"),),
                offer_timeout_s=offer_timeout_s,
            ),
        )
    for number in range(size.agents):
        yield ConfigureAgent(agent=f"a{number}", settings=_agent(size, chance, serves_all=number % 10 < 3))


def _needs(queue: int) -> dict[str, int]:
    """Nothing, one skill or two, by turns."""
    first, second = f"s{queue % _SKILLS}", f"s{(queue + 7) % _SKILLS}"
    return ({}, {first: 1 + queue % 3}, {first: 2, second: 1})[queue % 3]


def _agent(size: Size, chance: Random, *, serves_all: bool) -> AgentSettings:
    queues = None if serves_all else chance.sample(range(size.queues), chance.randint(5, 10))
    skills = {f"s{number}": chance.randint(1, 5) for number in chance.sample(range(_SKILLS), 10)}
    for queue in queues or ():
        skills |= {skill: chance.randint(level, 5) for skill, level in _needs(queue).items()}
    skills |= {language: chance.randint(2, 5) for language in chance.sample(_LANGUAGES, 2)}
    return AgentSettings(
        name="Agent", skills=skills, queues=None if queues is None else tuple(f"q{queue}" for queue in queues)
    )


def _as_read(moment: datetime) -> datetime:
    """The moment as it is read from a command's record."""
    return _times.validate_json(_times.dump_json(moment))


Told = Callable[[datetime, Sequence[Event]], None]


class PoolLoad:
    """A pool of that size at work; everybody is signed in. It is `full` when as many tickets wait as `size` says.

    told: hears of each decision, when it was taken and its events. decisions: how many were taken. seconds: what they
    took of the process's time, without what this class itself does.
    """

    def __init__(self, size: Size, told: Told | None = None) -> None:
        self.size = size
        self.pool = Pool(id="bench")
        self._now = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
        self.decisions = 0
        self.seconds = 0.0
        self._told = told
        self._chance = Random(SEED)
        self._step = timedelta(milliseconds=10) * 1_000 / size.agents
        self._opened = 0
        self._waiting: set[str] = set()
        self._offers: deque[TicketOffered] = deque()
        self._offered: dict[str, str] = {}
        self._at_work: list[tuple[str, str, str]] = []
        self._channels: dict[str, str] = {}
        self._impatient: deque[str] = deque()
        self._pausing: deque[str] = deque()
        self._deadline: datetime | None = None
        self._configured = False
        for command in configuration(size, self._chance):
            self._decide(command)
        self._configured = True
        for number in range(size.agents):
            self._do(SetStatus(agent=f"a{number}", status="available"))

    @property
    def full(self) -> bool:
        """Whether as many tickets wait as there should be."""
        return len(self._waiting) >= self.size.waiting

    def go_on(self) -> None:
        """Contacts come and are answered; in a full pool one more is done, and what else happens meanwhile."""
        for _ in range(_AT_ONCE):
            if not self.full:
                self._open()
        while len(self._offered) > self.size.agents // 10:
            self._answer()
        if not self.full:
            return
        self._finish()
        if self._chance.random() < _PAUSES:
            self._pause()

    def close(self) -> None:
        """What is on offer goes back, what is in hand is finished, everybody leaves, and the others wait on."""
        agents = [f"a{number}" for number in range(self.size.agents)]
        for status in ("break", "offline"):
            for agent in agents:
                self._do(SetStatus(agent=agent, status=status))
            while self._at_work:
                self._finish()

    def _open(self) -> None:
        self._opened += 1
        ticket, chance = f"t{self._opened}", self._chance
        self._channels[ticket] = chance.choice(CHANNELS)
        self._do(
            OpenTicket(
                ticket=ticket,
                conversation=f"c-{ticket}",
                channel=self._channels[ticket],
                identity="0" * 32,
                queue=f"q{chance.randrange(self.size.queues)}",
                by="named",
                happened=_as_read(self._now),
                skills=(chance.choice(_LANGUAGES),) if chance.random() < _BRINGS_LANGUAGE else (),
            )
        )
        if chance.random() < _GIVES_UP:
            self._impatient.append(ticket)
        if len(self._impatient) > _PATIENCE:
            self._leave(self._impatient.popleft())

    def _leave(self, ticket: str) -> None:
        if ticket in self._waiting or ticket in self._offered:
            self._do(EndContact(conversation=f"c-{ticket}", ended=Ended(at=_as_read(self._now), reason="left")))

    def _answer(self) -> None:
        """The oldest offer is answered."""
        offer = self._offers.popleft()
        ticket, agent = offer.ticket, offer.agent
        if self._offered.get(ticket) != agent:
            return  # it was taken back meanwhile
        if self._chance.random() < _DECLINES:
            self._do(DeclineTicket(ticket=ticket, agent=agent))
            return
        del self._offered[ticket]
        self._do(AcceptTicket(ticket=ticket, agent=agent))
        self._at_work.append((ticket, agent, self._channels.pop(ticket)))

    def _finish(self) -> None:
        """Any of the conversations comes to its end."""
        chosen = self._chance.randrange(len(self._at_work))
        self._at_work[chosen], self._at_work[-1] = self._at_work[-1], self._at_work[chosen]
        ticket, agent, channel = self._at_work.pop()
        if self._chance.random() < _HOLDS:
            self._do(HoldTicket(ticket=ticket, agent=agent))
            self._do(ResumeTicket(ticket=ticket, agent=agent))
        if channel in _WRAPPED_UP:
            self._do(StartWrapup(ticket=ticket, agent=agent))
        self._do(ResolveTicket(ticket=ticket, agent=agent))

    def _pause(self) -> None:
        """An agent goes for a break, and the one who has been away longest comes back."""
        agent = f"a{self._chance.randrange(self.size.agents)}"
        if agent not in self._pausing:
            self._do(SetStatus(agent=agent, status="break", reason="lunch"))
            self._pausing.append(agent)
        if len(self._pausing) > self.size.agents // 20:
            self._do(SetStatus(agent=self._pausing.popleft(), status="available"))

    def _do(self, command: Command) -> None:
        self._now += self._step
        self._decide(command)
        while self._deadline is not None and self._deadline <= self._now:
            self._decide(FireTimers())

    def _decide(self, command: Command | FireTimers) -> None:
        asked = Asked(command=command, at=_as_read(self._now), now=self._now)
        began = process_time()
        decided = decide(self.pool, asked)
        if not isinstance(decided, Agreed):
            raise RuntimeError(decided.detail)  # noqa: TRY004 (a refusal is a broken benchmark, not a wrong type)
        for event in decided.events:
            evolve(self.pool, event)
        if self._configured:  # before that nothing is due, and asking would index the pool after every command
            self._deadline = next_deadline(self.pool)
        self.seconds += process_time() - began
        self.decisions += 1
        for event in decided.events:
            self._note(event)
        if self._told:
            self._told(self._now, decided.events)

    def _note(self, event: Event) -> None:
        match event:
            case TicketQueued():
                self._waiting.add(event.ticket)
            case TicketOffered():
                self._waiting.discard(event.ticket)
                self._offered[event.ticket] = event.agent
                self._offers.append(event)
            case TicketDeclined() | TicketExpired():
                self._offered.pop(event.ticket, None)
                self._waiting.add(event.ticket)
            case TicketAbandoned():
                self._offered.pop(event.ticket, None)
                self._waiting.discard(event.ticket)
            case _:
                pass
