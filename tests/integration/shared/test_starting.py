"""A decision maker starts from its newest snapshot and what was decided since, on a real MongoDB."""

from collections.abc import Sequence

from shared.decisions import Entry
from shared.following import Follower
from tests.eventually import eventually
from tests.integration.shared.summing import Added, Log, as_, commands, maker


async def test_a_restart_folds_the_same_state_and_skips_what_was_decided(decisions: Log) -> None:
    before = maker(decisions)
    await before.start()
    await before.decide(commands(1, 2))

    after = maker(decisions)
    await after.start()
    await after.decide(commands(1, 2, 5))

    assert after.state.amounts == [1, 2, 5]


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


async def test_a_start_reads_only_what_was_decided_since_the_snapshot(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()
    for n in range(520):
        await one.decide(commands(1, first=n))
    snapshot = await eventually(lambda: decisions.snapshots.load("s"), what="a snapshot")
    assert snapshot is not None
    await one.stop()
    seen: list[int] = []

    async def follow(entries: Sequence[Entry[Added]]) -> None:
        seen.extend(entry.sequence for entry in entries)

    await decisions.mark_followed("s", "f", 518)
    store = decisions.decisions.database
    await store.command("profile", 2)
    after = maker(decisions, Follower(name="f", follow=follow))
    await after.start()
    await store.command("profile", 0)

    reads = await store["system.profile"].find({"ns": decisions.decisions.full_name}).to_list()
    assert sum(read["docsExamined"] for read in reads) == 520 - snapshot.sequence
    assert len(after.state.amounts) == 520
    await eventually(lambda: as_(seen == [519, 520]), what="the follower having the rest")
    await after.stop()


async def test_a_snapshot_that_cannot_be_read_is_passed_over_and_the_whole_log_is_folded(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()
    await one.decide(commands(1, 2))
    snapshots = decisions.decisions.database["snapshots"]
    await snapshots.insert_one({"_id": "s", "sequence": 1, "position": 2, "state": b"of another version"})

    after = maker(decisions)
    await after.start()

    assert after.state == one.state
