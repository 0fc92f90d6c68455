"""A decision maker that adds up, with a log on a real MongoDB."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.decider import Decider, Decision
from shared.deciding import Commanded, DecisionMaker
from shared.decisions import DecisionLog
from shared.following import Follower

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    amount: int


@dataclass(slots=True)
class Sum:
    """The smallest state that shows order and loss: the amounts as they came."""

    amounts: list[int] = field(default_factory=list)


class KeptSum:
    """Keeps the amounts, a row each."""

    version = "sum.1"

    def rows(self, state: Sum) -> Iterator[int]:
        return iter(list(state.amounts))

    def state(self, rows: Iterable[int]) -> Sum:
        return Sum(list(rows))


class Adding(Decider[Sum, int, Added]):
    """Adds positive amounts and refuses others."""

    def initial(self, stream: str) -> Sum:  # noqa: ARG002 (the protocol names the stream)
        return Sum()

    def decide(self, state: Sum, command: int) -> Decision[Added]:
        if command <= 0:
            return Decision(refused="not_positive", result={"total": sum(state.amounts)})
        return Decision(events=(Added(amount=command),), result={"total": sum(state.amounts) + command})

    def evolve(self, state: Sum, event: Added) -> Sum:
        state.amounts.append(event.amount)
        return state


Log = DecisionLog[Sum, Added]


def maker(log: Log, *followers: Follower[Added]) -> DecisionMaker[Sum, int, Added]:
    """A decision maker that has not started yet."""
    return DecisionMaker("s", "test", Adding(), log, followers, lambda: NOW)


def commands(*amounts: int, first: int = 0) -> list[Commanded[int]]:
    """Commands to add these, from the offset `first` on."""
    return [Commanded(id=f"c{first + n}", command=amount, offset=first + n) for n, amount in enumerate(amounts)]


async def as_(truth: bool) -> bool:
    """A look that was taken already."""
    return truth


async def marked(log: Log, sequence: int) -> bool:
    """Whether the follower is done up to there."""
    return await log.followed("s", "f") == sequence
