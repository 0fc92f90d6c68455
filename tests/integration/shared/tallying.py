"""A decision maker that keeps a tally of many things, whose keeper tells which of them changed; on a real MongoDB."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.decider import Decider, Decision
from shared.deciding import Commanded, DecisionMaker
from shared.decisions import DecisionLog

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
STREAM = "tally"
_LONG = "x" * 20_000

Tally = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """by: 0 when the thing is dropped."""

    thing: str
    by: int


class KeptTally:
    """A row for each thing, or without a count for one that is gone; few of these long rows make a line."""

    version = "tally.1"

    def rows(self, state: Tally) -> Iterator[tuple[str, int | None, str]]:
        return self._rows(state, list(state))

    def changed(self, state: Tally, events: Collection[Counted]) -> Iterator[tuple[str, int | None, str]]:
        return self._rows(state, dict.fromkeys(event.thing for event in events))

    def state(self, rows: Iterable[tuple[str, int | None, str]]) -> Tally:
        counts = {thing: count for thing, count, _ in rows}
        return {thing: count for thing, count in counts.items() if count is not None}

    def _rows(self, state: Tally, things: Iterable[str]) -> Iterator[tuple[str, int | None, str]]:
        return ((thing, state.get(thing), _LONG) for thing in things)


class Tallying(Decider[Tally, Counted, Counted]):
    """Does as it is told; it counts in place."""

    def initial(self, stream: str) -> Tally:  # noqa: ARG002 (the protocol names the stream)
        return {}

    def decide(self, state: Tally, command: Counted) -> Decision[Counted]:  # noqa: ARG002 (it is always right)
        return Decision(events=(command,), result={})

    def evolve(self, state: Tally, event: Counted) -> Tally:
        if event.by:
            state[event.thing] = state.get(event.thing, 0) + event.by
        else:
            state.pop(event.thing, None)
        return state


Log = DecisionLog[Tally, Counted]
Maker = DecisionMaker[Tally, Counted, Counted]


def maker(log: Log) -> Maker:
    """A decision maker that has not started yet."""
    return DecisionMaker(STREAM, "test", Tallying(), log, (), lambda: NOW)


def counts(name: str, *wanted: tuple[str, int]) -> list[Commanded[Counted]]:
    """Commands to count these. name: of all of them together."""
    return [
        Commanded(id=f"{name}/{number}", command=Counted(thing=thing, by=by), offset=None)
        for number, (thing, by) in enumerate(wanted)
    ]


async def folded(log: Log, until: int | None = None) -> Tally:
    """The state after decision `until`, or the newest, by the log alone."""
    before = None if until is None else until + 1
    return (await log.fold(STREAM, (0, {}), Tallying(), before))[1]


async def check_newest(log: Log, seen: set[int]) -> None:
    """The newest snapshot is what the log says. seen: the sequences of those that were looked at."""
    snapshot = await log.snapshots.load(STREAM)
    if snapshot is not None and snapshot.sequence not in seen:
        assert snapshot.state == await folded(log, snapshot.sequence)
        seen.add(snapshot.sequence)
