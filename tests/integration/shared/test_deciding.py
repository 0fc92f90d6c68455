"""One decision maker at a time, on a real MongoDB: what is decided once stays decided, whoever crashes or competes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from pymongo.errors import AutoReconnect

from shared.decider import Decider, Decision
from shared.deciding import Commanded, DecisionMaker, Follower, FollowerFailed
from shared.decisions import DecisionLog, Entry
from shared.mongo import connect, database
from shared.snapshots import Whole
from tests.conftest import Servers
from tests.eventually import eventually

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    amount: int


@dataclass(slots=True)
class Sum:
    """The smallest state that shows order and loss: the amounts as they came."""

    amounts: list[int] = field(default_factory=list)


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


@pytest.fixture
async def decisions(servers: Servers, namespace: str) -> AsyncIterator[Log]:
    client = connect(servers.mongo)
    store = database(client, namespace, "deciding")
    log: Log = DecisionLog(store, Whole(Sum), Added)
    await log.create_indexes()
    yield log
    await client.drop_database(store.name)
    await client.close()


def maker(log: Log, *followers: Follower[Added]) -> DecisionMaker[Sum, int, Added]:
    return DecisionMaker("s", "test", Adding(), log, followers, lambda: NOW)


def commands(*amounts: int, first: int = 0) -> list[Commanded[int]]:
    return [Commanded(id=f"c{first + n}", command=amount, offset=first + n) for n, amount in enumerate(amounts)]


async def test_commands_that_wait_are_decided_together_in_one_document(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()

    outcomes = await one.decide(commands(1, -2, 3))

    assert [outcomes[f"c{n}"].result["total"] for n in range(3)] == [1, 1, 4]
    assert outcomes["c1"].refused == "not_positive"
    [entry] = [entry async for entry in decisions.read("s", 0)]
    assert (entry.sequence, entry.position) == (1, 3)
    assert entry.events == (("c0", Added(amount=1)), ("c2", Added(amount=3)))


async def test_what_no_document_would_hold_is_decided_in_several(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()

    outcomes = await one.decide(commands(*[1] * 4_500))

    assert outcomes["c4499"].result["total"] == 4_500
    entries = [entry async for entry in decisions.read("s", 0)]
    assert [(entry.sequence, entry.position) for entry in entries] == [(1, 2_000), (2, 4_000), (3, 4_500)]
    after = maker(decisions)
    await after.start()
    assert after.state == one.state


async def test_a_restart_folds_the_same_state_and_skips_what_was_decided(decisions: Log) -> None:
    before = maker(decisions)
    await before.start()
    await before.decide(commands(1, 2))

    after = maker(decisions)
    await after.start()
    await after.decide(commands(1, 2, 5))

    assert after.state.amounts == [1, 2, 5]


async def test_the_same_command_published_twice_is_decided_once(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()
    await one.decide([Commanded(id="c", command=1, offset=0)])

    outcomes = await one.decide([Commanded(id="c", command=1, offset=1), Commanded(id="c", command=1, offset=2)])

    assert one.state.amounts == [1]
    assert outcomes["c"].result == {"total": 1}


async def test_an_older_owner_is_fenced_and_folds_again(decisions: Log) -> None:
    old, new = maker(decisions), maker(decisions)
    await old.start()
    await new.start()
    await new.decide(commands(1, 2))

    await old.decide(commands(1, 2, 7))

    assert old.state.amounts == [1, 2, 7]
    logged = [event.amount async for entry in decisions.read("s", 0) for _, event in entry.events]
    assert logged == [1, 2, 7]


async def test_a_snapshot_and_the_tail_give_the_same_state_as_the_whole_log(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()
    for n in range(520):  # beyond the 500 after which a snapshot is kept
        await one.decide(commands(n + 1, first=n))

    await eventually(lambda: decisions.snapshots.load("s"), what="a snapshot")
    after = maker(decisions)
    await after.start()
    assert after.state == one.state
    assert after.sequence == 520


async def test_a_snapshot_that_cannot_be_read_is_passed_over_and_the_whole_log_is_folded(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()
    await one.decide(commands(1, 2))
    snapshots = decisions.decisions.database["snapshots"]
    await snapshots.insert_one({"_id": "s", "sequence": 1, "position": 2, "state": b"of another version"})

    after = maker(decisions)
    await after.start()

    assert after.state == one.state


async def test_followers_see_every_decision_in_order_though_they_fail_and_restart(decisions: Log) -> None:
    seen: list[int] = []
    faults = iter([AutoReconnect("gone")])

    async def follow(entries: Sequence[Entry[Added]]) -> None:
        for fault in faults:
            raise fault
        seen.extend(entry.sequence for entry in entries)

    one = maker(decisions, Follower(name="f", follow=follow))
    await one.start()
    for n in range(3):
        await one.decide(commands(1, first=n))
    await eventually(lambda: _as(seen == [1, 2, 3]))
    await eventually(lambda: _marked(decisions, 3))
    await one.stop()

    silent = maker(decisions)
    await silent.start()
    await silent.decide(commands(1, first=3))
    again = maker(decisions, Follower(name="f", follow=follow))
    await again.start()

    await eventually(lambda: _as(seen == [1, 2, 3, 4]))
    await again.stop()


async def test_two_makers_at_once_lose_and_double_nothing(decisions: Log) -> None:
    makers = [maker(decisions), maker(decisions)]
    for one in makers:
        await one.start()

    await asyncio.gather(
        *(
            one.decide([Commanded(id=f"{number}-{n}", command=1, offset=None)])
            for number, one in enumerate(makers)
            for n in range(20)
        )
    )

    fresh = maker(decisions)
    await fresh.start()
    assert len(fresh.state.amounts) == 40


async def _as(truth: bool) -> bool:
    return truth


async def _marked(log: Log, sequence: int) -> bool:
    return await log.followed("s", "f") == sequence


async def test_a_follower_that_met_what_it_does_not_know_stops_the_deciding(decisions: Log) -> None:
    async def follow(_: Sequence[Entry[Added]]) -> None:
        raise RuntimeError("a broken program")

    one = maker(decisions, Follower(name="broken", follow=follow))
    await one.start()
    await one.decide(commands(1))

    async def refused() -> bool:
        try:
            await one.decide(commands(2, first=1))
        except FollowerFailed as failed:
            return "broken no longer follows" in str(failed)
        return False

    await eventually(refused, what="the maker refusing to decide")
    await one.stop()


async def test_a_follower_that_is_added_at_work_carries_the_whole_log_on_and_then_what_comes(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()
    for n in range(450):  # more than a follower is given at once
        await one.decide(commands(1, first=n))
    seen: list[int] = []

    async def follow(entries: Sequence[Entry[Added]]) -> None:
        seen.extend(entry.sequence for entry in entries)

    one.add(Follower(name="f", follow=follow))
    for n in range(450, 460):
        await one.decide(commands(1, first=n))

    await eventually(lambda: _marked(decisions, 460))
    assert seen == list(range(1, 461))
    await one.stop()


async def test_a_follower_far_behind_keeps_nobody_waiting(decisions: Log) -> None:
    held = asyncio.Event()

    async def follow(_: Sequence[Entry[Added]]) -> None:
        await held.wait()

    one = maker(decisions)
    await one.start()
    await one.decide(commands(1))
    one.add(Follower(name="f", follow=follow))

    outcomes = await one.decide(commands(1, first=1))

    assert outcomes["c1"].result == {"total": 2}
    held.set()
    await eventually(lambda: _marked(decisions, 2))
    await one.stop()


async def test_a_follower_that_was_taken_away_sees_nothing_more_and_goes_on_from_its_mark(decisions: Log) -> None:
    seen: list[int] = []

    async def follow(entries: Sequence[Entry[Added]]) -> None:
        seen.extend(entry.sequence for entry in entries)

    follower = Follower(name="f", follow=follow)
    one = maker(decisions, follower)
    await one.start()
    await one.decide(commands(1))
    await eventually(lambda: _marked(decisions, 1))

    await one.remove("f")
    await one.decide(commands(1, first=1))
    assert await decisions.followed("s", "f") == 1
    one.add(follower)

    await eventually(lambda: _marked(decisions, 2))
    assert seen == [1, 2]
    await one.stop()


async def test_decisions_go_on_without_a_follower_that_is_not_vital(decisions: Log) -> None:
    async def follow(_: Sequence[Entry[Added]]) -> None:
        raise RuntimeError("a broken program")

    one = maker(decisions, Follower(name="broken", follow=follow, is_vital=lambda: False))
    await one.start()
    for n in range(3):
        await one.decide(commands(1, first=n))
        await eventually(lambda: _as(one.failed() != {}))

    assert one.state.amounts == [1, 1, 1]
    assert [type(failure) for failure in one.failed().values()] == [RuntimeError]
    await one.stop()
