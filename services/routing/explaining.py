"""Explaining decisions: the log is folded up to each one, and the pure core says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.routing.application import PoolDecider
from services.routing.commands import stream_of
from services.routing.domain.configuration import QueueRule
from services.routing.domain.explaining import Explanation, explain, rule_behind
from services.routing.domain.state import Pool
from services.routing.store import Store
from shared.contracts.tickets import TicketOffered, TicketQueued


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """sequence: the decision; cause: the event or command behind the offer; recordedtime: when it was decided.

    rule: the rule of the offer's queue that `by` names, as it was when the ticket was queued.
    """

    sequence: int
    cause: str
    recordedtime: datetime
    rule: QueueRule | None
    offer: Explanation


class Explainer:
    """Explains offers of any age."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._decider = PoolDecider()

    async def offers(self, pool: str, ticket: str) -> Sequence[Explained]:
        """Every offer of the ticket, in order, with the state that it was made in."""
        log, stream, decider = self._store.log, stream_of(pool), self._decider
        found: list[Explained] = []
        known: tuple[int, Pool] | None = None
        rule: QueueRule | None = None
        async for document in self._store.decisions_on(ticket):
            entry = log.entry(document)
            if not any(_explains(event, ticket) for _, event in entry.events):
                continue
            state = await log.before(stream, entry.sequence, decider, known)
            for cause, event in entry.events:
                match event:
                    case TicketQueued(ticket=queued) if queued == ticket:
                        rule = rule_behind(state, event)
                    case TicketOffered(ticket=offered) if offered == ticket:
                        offer = explain(state, event)
                        found.append(
                            Explained(
                                sequence=entry.sequence, cause=cause, recordedtime=entry.at, rule=rule, offer=offer
                            )
                        )
                state = decider.evolve(state, event)
            known = entry.sequence, state
        return found


def _explains(event: object, ticket: str) -> bool:
    return isinstance(event, TicketQueued | TicketOffered) and event.ticket == ticket
