"""Followers carry every decision on, whoever fails, starts anew or decides elsewhere, on a real MongoDB."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pymongo.errors import AutoReconnect

from shared.decisions import DecisionLog, Entry
from shared.following import Follower, FollowerFailed
from tests.eventually import eventually
from tests.integration.shared.summing import Added, KeptSum, Log, Sum, as_, commands, maker, marked
from tests.snapshots_kept import keep


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
    await eventually(lambda: as_(seen == [1, 2, 3]))
    await eventually(lambda: marked(decisions, 3))
    await one.stop()

    silent = maker(decisions)
    await silent.start()
    await silent.decide(commands(1, first=3))
    again = maker(decisions, Follower(name="f", follow=follow))
    await again.start()

    await eventually(lambda: as_(seen == [1, 2, 3, 4]))
    await again.stop()


class Overtaken(DecisionLog[Sum, Added]):
    """Just before the next decision is appended, somebody else decides."""

    overtake: Callable[[], Awaitable[None]] | None = None

    async def append(self, entry: Entry[Added]) -> None:
        if self.overtake:
            overtake, self.overtake = self.overtake, None
            await overtake()
        await super().append(entry)


async def test_what_others_decided_reaches_the_followers_though_it_is_in_a_snapshot_already(decisions: Log) -> None:
    seen: list[int] = []

    async def follow(entries: Sequence[Entry[Added]]) -> None:
        seen.extend(entry.sequence for entry in entries)

    log = Overtaken(decisions.decisions.database, KeptSum(), Added)
    slow, quick = maker(log, Follower(name="f", follow=follow)), maker(decisions)
    await slow.start()
    await slow.decide(commands(1))
    await eventually(lambda: as_(seen == [1]))

    async def overtake() -> None:
        await quick.start()
        for n in range(1, 4):
            await quick.decide(commands(1, first=n))
        await keep(decisions.snapshots, "s", 4, 4, quick.state)

    log.overtake = overtake
    await slow.decide(commands(1, first=1))

    assert (slow.sequence, slow.state.amounts) == (4, [1] * 4)
    await eventually(lambda: as_(seen == [1, 2, 3, 4]), what="the follower having everything in order")
    await slow.stop()


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

    await eventually(lambda: marked(decisions, 460))
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
    await eventually(lambda: marked(decisions, 2))
    await one.stop()


async def test_a_follower_that_was_taken_away_sees_nothing_more_and_goes_on_from_its_mark(decisions: Log) -> None:
    seen: list[int] = []

    async def follow(entries: Sequence[Entry[Added]]) -> None:
        seen.extend(entry.sequence for entry in entries)

    follower = Follower(name="f", follow=follow)
    one = maker(decisions, follower)
    await one.start()
    await one.decide(commands(1))
    await eventually(lambda: marked(decisions, 1))

    await one.remove("f")
    await one.decide(commands(1, first=1))
    assert await decisions.followed("s", "f") == 1
    one.add(follower)

    await eventually(lambda: marked(decisions, 2))
    assert seen == [1, 2]
    await one.stop()


async def test_decisions_go_on_without_a_follower_that_is_not_vital(decisions: Log) -> None:
    async def follow(_: Sequence[Entry[Added]]) -> None:
        raise RuntimeError("a broken program")

    one = maker(decisions, Follower(name="broken", follow=follow, is_vital=lambda: False))
    await one.start()
    for n in range(3):
        await one.decide(commands(1, first=n))
        await eventually(lambda: as_(one.failed() != {}))

    assert one.state.amounts == [1, 1, 1]
    assert [type(failure) for failure in one.failed().values()] == [RuntimeError]
    await one.stop()
