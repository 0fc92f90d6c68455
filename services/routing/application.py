"""What routing does with what it consumes: interactions become commands, and decisions become records."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from services.routing.commands import RoutingCommand, codec, pool_of
from services.routing.customers import Customers
from services.routing.domain.commands import Asked
from services.routing.domain.conversations import Conversation, ToPool, Unroutable, take
from services.routing.domain.decide import decide
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.meaning import Opening, asked_by, meaning
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from services.routing.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.agents import AgentEvent
from shared.contracts.codec import agents, tickets
from shared.contracts.envelope import to_milliseconds
from shared.contracts.interactions import SealedInteraction
from shared.contracts.tickets import TicketEvent
from shared.decided_publishing import decided_records
from shared.decider import Decider, Decision
from shared.decisions import Entry
from shared.publishing import Outgoing, Publisher
from shared.topics import AGENTS, ROUTING_COMMANDS, TICKETS

log = structlog.get_logger()


class PoolDecider(Decider[Pool, Asked, Event]):
    """The pure core as the shared command loop wants it."""

    def initial(self, stream: str) -> Pool:
        """A pool that nobody has configured."""
        return Pool(id=pool_of(stream))

    def decide(self, state: Pool, command: Asked) -> Decision[Event]:
        """The events, or the refusal's word with its sentence as `detail`."""
        decided = decide(state, command)
        if isinstance(decided, Refused):
            return Decision(refused=decided.word, result={"detail": decided.detail})
        return Decision(events=decided.events, result={})

    def evolve(self, state: Pool, event: Event) -> Pool:
        """The state after the event."""
        return evolve(state, event)


class RoutingIntake:
    """Turns interactions into commands for the pools, each conversation's in the order they came."""

    def __init__(self, store: Store, customers: Customers, publisher: Publisher, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._customers = customers
        self._publisher = publisher
        self._clock = clock

    async def take(self, records: list[Record[SealedInteraction]]) -> Sequence[Rejected[SealedInteraction]]:
        """Publishes the commands durably, then remembers the conversations. Doing it again leads to the same ids."""
        meant = [one for one in (meaning(record.event) for record in records) if one is not None]
        if not meant:
            return ()
        queues = await self._store.queues()
        before = await self._store.conversations({one.conversation for one in meant})
        callers = await self._customers.callers(one.identity for one in meant if isinstance(one, Opening))
        after = dict(before)
        commands: list[ToPool] = []
        unroutable: list[Unroutable] = []
        for one in meant:
            known = after.get(one.conversation) or Conversation(id=one.conversation)
            whole = asked_by(one, callers[one.identity]) if isinstance(one, Opening) else one
            after[one.conversation], said = take(known, whole, queues)
            match said:
                case ToPool():
                    commands.append(said)
                case Unroutable():
                    unroutable.append(said)
        if unroutable:
            channels = sorted({one.channel for one in unroutable})
            log.warning("no_queue_takes_it", count=len(unroutable), channels=channels, first=unroutable[0].event)
        await self._publish(commands)
        await self._store.remember([one for name, one in after.items() if one != before.get(name)])
        return ()

    async def _publish(self, commands: Sequence[ToPool]) -> None:
        now = to_milliseconds(self._clock())
        records = [
            Outgoing(one.pool, codec.encode(RoutingCommand(id=one.id, pool=one.pool, at=now, command=one.command)))
            for one in commands
        ]
        if records:
            await self._publisher.publish(ROUTING_COMMANDS, records)


class DecisionPublisher:
    """Publishes what was decided on tickets and agents; configuration stays in the decision log."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def follow(self, entries: Sequence[Entry[Event]]) -> None:
        """Publishes the entries' events durably; again with the same ids if it has to be repeated."""
        of_tickets: list[Outgoing] = []
        of_agents: list[Outgoing] = []
        for entry in entries:
            of_tickets += ticket_records(entry)
            of_agents += agent_records(entry)
        if of_tickets:
            await self._publisher.publish(TICKETS, of_tickets)
        if of_agents:
            await self._publisher.publish(AGENTS, of_agents)


def ticket_records(entry: Entry[Event]) -> list[Outgoing]:
    """The records of hub.tickets.v1 that follow from a decision."""
    events = tuple((cause, event) for cause, event in entry.events if isinstance(event, TicketEvent))
    decided: Entry[TicketEvent] = replace(entry, events=events)  # type: ignore[assignment]  # replace() keeps the type
    return decided_records(decided, tickets, lambda event: event.ticket, f"/decisions/{entry.stream}/tickets")


def agent_records(entry: Entry[Event]) -> list[Outgoing]:
    """The records of hub.agents.v1 that follow from a decision."""
    events = tuple((cause, event) for cause, event in entry.events if isinstance(event, AgentEvent))
    decided: Entry[AgentEvent] = replace(entry, events=events)  # type: ignore[assignment]  # replace() keeps the type
    return decided_records(decided, agents, lambda event: event.agent, f"/decisions/{entry.stream}/agents")
