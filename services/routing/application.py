"""What routing does with what it consumes: interactions become commands, and decisions become records."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from services.routing.commands import RoutingCommand, codec, pool_of
from services.routing.domain.commands import Asked
from services.routing.domain.conversations import Conversation, ToPool
from services.routing.domain.decide import decide
from services.routing.domain.events import Event
from services.routing.domain.events_moves import PoolAsked
from services.routing.domain.evolve import evolve
from services.routing.domain.loops import WITHIN, Beginnings
from services.routing.domain.meaning import Opening, is_automatic, meaning
from services.routing.domain.refusals import Refused
from services.routing.domain.rules import IsOpen, KnownQueue
from services.routing.domain.state import Pool
from services.routing.domain.taking import Taking
from services.routing.rulebook import Rulebook
from services.routing.store import Store
from services.routing.triage import Facts
from shared import metrics
from shared.consuming import Record, Rejected
from shared.contracts.agents import AgentEvent
from shared.contracts.codec import agents, tickets
from shared.contracts.envelope import event_id
from shared.contracts.interactions import SealedInteraction
from shared.contracts.tickets import TicketEvent
from shared.contracts.tickets_sla import TicketSlaBreached, TicketSlaWarned
from shared.contracts.values import to_milliseconds
from shared.decided_publishing import decided_records
from shared.decider import Decider, Decision
from shared.decisions import Entry
from shared.publishing import Outgoing, Publisher, partition_of
from shared.topics import AGENTS, INTERACTIONS, ROUTING_COMMANDS, TICKETS

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

    def __init__(
        self, store: Store, rulebook: Rulebook, facts: Facts, publisher: Publisher, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._facts = facts
        self._publisher = publisher
        self._clock = clock
        self._partitions: set[int] = set()
        self._alone = asyncio.Lock()

    async def on_assigned(self, partitions: set[int]) -> None:
        """Conversations of these partitions are followed here from now on."""
        self._partitions = partitions

    async def on_revoked(self, partitions: set[int]) -> None:
        """Conversations of these partitions are followed elsewhere from now on."""
        async with self._alone:
            self._partitions = self._partitions - partitions

    async def take(self, records: list[Record[SealedInteraction]]) -> Sequence[Rejected[SealedInteraction]]:
        """Publishes the commands durably, then remembers the conversations. Doing it again leads to the same ids."""
        meant = [(record.event, one) for record in records if (one := meaning(record.event)) is not None]
        metrics.tickets_not_opened.labels("automatic").inc(sum(is_automatic(record.event) for record in records))
        if meant:
            async with self._alone:
                rules = await self._rulebook.read()
                before = await self._known({one.conversation for _, one in meant}, *rules)
                asking = [(event, one) for event, one in meant if isinstance(one, Opening)]
                told = iter(await self._facts.tell(asking, *rules))
                after = Taking(*rules, before, await self._beginnings(opening for _, opening in asking))
                for _, one in meant:
                    after.take(next(told) if isinstance(one, Opening) else one)
                await self._follow(after)
        return ()

    async def release(self, names: Collection[str]) -> None:
        """The callers of these held calls have chosen nothing in time. Calls that are followed elsewhere are left."""
        async with self._alone:
            own = {name for name in names if partition_of(name, INTERACTIONS.partitions) in self._partitions}
            if not own:
                return
            rules = await self._rulebook.read()
            after = Taking(*rules, await self._known(own, *rules), Beginnings(()))
            for name in sorted(own):
                after.release(name)
            await self._follow(after)

    async def _known(self, names: set[str], queues: Sequence[KnownQueue], is_open: IsOpen) -> dict[str, Conversation]:
        """What is remembered of these conversations; of held calls, with what is known of their callers by now."""
        found = await self._store.conversations(names)
        asking = [(None, known.held) for known in found.values() if known.held is not None]
        told = await self._facts.tell(asking, queues, is_open) if asking else []
        return found | {held.conversation: replace(found[held.conversation], held=held) for held in told}

    async def _beginnings(self, openings: Iterable[Opening]) -> Beginnings:
        written = [opening for opening in openings if opening.begins == "message"]
        if not written:
            return Beginnings(())
        since = min(opening.at for opening in written) - WITHIN
        return Beginnings(await self._store.begun({opening.identity for opening in written}, since))

    async def _follow(self, after: Taking) -> None:
        if after.unroutable:
            channels = sorted({one.channel for one in after.unroutable})
            metrics.tickets_not_opened.labels("no_queue").inc(len(after.unroutable))
            log.warning(
                "no_queue_takes_it", count=len(after.unroutable), channels=channels, first=after.unroutable[0].event
            )
        if after.looping:
            metrics.tickets_not_opened.labels("loop").inc(len(after.looping))
            log.warning("looks_like_a_loop", count=len(after.looping), first=after.looping[0])
        await self._publish(after.commands)
        await self._store.note_begun(after.begun)
        await self._store.remember(after.changed())

    async def _publish(self, commands: Sequence[ToPool]) -> None:
        now = to_milliseconds(self._clock())
        records = [
            Outgoing(one.pool, codec.encode(RoutingCommand(id=one.id, pool=one.pool, at=now, command=one.command)))
            for one in commands
        ]
        if records:
            await self._publisher.publish(ROUTING_COMMANDS, records)


class DecisionPublisher:
    """Publishes what was decided on tickets and agents, and what other pools are asked; the rest stays in the log."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def follow(self, entries: Sequence[Entry[Event]]) -> None:
        """Publishes the entries' events durably; again with the same ids if it has to be repeated."""
        of_tickets: list[Outgoing] = []
        of_agents: list[Outgoing] = []
        asked: list[Outgoing] = []
        for entry in entries:
            _count(entry)
            of_tickets += ticket_records(entry)
            of_agents += agent_records(entry)
            asked += asked_of_pools(entry)
        if of_tickets:
            await self._publisher.publish(TICKETS, of_tickets)
        if of_agents:
            await self._publisher.publish(AGENTS, of_agents)
        if asked:
            await self._publisher.publish(ROUTING_COMMANDS, asked)


def _count(entry: Entry[Event]) -> None:
    for _, event in entry.events:
        match event:
            case TicketSlaWarned():
                metrics.sla_warned.labels(event.target).inc()
            case TicketSlaBreached():
                metrics.sla_breached.labels(event.target).inc()


def ticket_records(entry: Entry[Event]) -> list[Outgoing]:
    """The records of hub.tickets.v1 that follow from a decision."""
    events = tuple((cause, event) for cause, event in entry.events if isinstance(event, TicketEvent))
    decided: Entry[TicketEvent] = replace(entry, events=events)  # type: ignore[assignment]  # replace() keeps the type
    return decided_records(decided, tickets, lambda event: event.ticket, f"/decisions/{entry.stream}/tickets")


def asked_of_pools(entry: Entry[Event]) -> list[Outgoing]:
    """The commands that a decision has for other pools. Their ids follow from their places in it."""
    return [
        Outgoing(
            event.pool,
            codec.encode(
                RoutingCommand(
                    id=event_id(f"/decisions/{entry.stream}/asked", f"{entry.sequence}.{number}"),
                    pool=event.pool,
                    at=event.at,
                    command=event.command,
                )
            ),
        )
        for number, (_, event) in enumerate(entry.events)
        if isinstance(event, PoolAsked)
    ]


def agent_records(entry: Entry[Event]) -> list[Outgoing]:
    """The records of hub.agents.v1 that follow from a decision."""
    events = tuple((cause, event) for cause, event in entry.events if isinstance(event, AgentEvent))
    decided: Entry[AgentEvent] = replace(entry, events=events)  # type: ignore[assignment]  # replace() keeps the type
    return decided_records(decided, agents, lambda event: event.agent, f"/decisions/{entry.stream}/agents")
