"""One decision maker at a time, on a real MongoDB: what is decided once stays decided, whoever crashes or competes."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from time import sleep

import pytest
from prometheus_client import REGISTRY
from pymongo.errors import AutoReconnect

from shared.decider import Decision
from shared.deciding import Commanded, DecisionMaker
from shared.decisions import Entry
from shared.following import Follower
from tests.eventually import eventually
from tests.integration.shared.summing import NOW, Added, Adding, Log, Sum, as_, commands, maker


async def test_commands_that_wait_are_decided_together_in_one_document(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()

    outcomes = await one.decide(commands(1, -2, 3))

    assert [outcomes[f"c{n}"].result["total"] for n in range(3)] == [1, 1, 4]
    assert outcomes["c1"].refused == "not_positive"
    [entry] = [entry async for entry in decisions.read("s", 0)]
    assert (entry.sequence, entry.position) == (1, 3)
    assert entry.events == (("c0", Added(amount=1)), ("c2", Added(amount=3)))


async def test_how_long_deciding_takes_is_measured(decisions: Log) -> None:
    one, labels = maker(decisions), {"service": "test"}
    await one.start()
    before = REGISTRY.get_sample_value("hub_decision_seconds_count", labels) or 0
    await one.decide(commands(1, 2))
    assert REGISTRY.get_sample_value("hub_decision_seconds_count", labels) == before + 1


async def test_what_no_document_would_hold_is_decided_in_several(decisions: Log) -> None:
    one = maker(decisions)
    await one.start()

    outcomes = await one.decide(commands(*[1] * 4_500))

    assert outcomes["c4499"].result["total"] == 4_500
    entries = [entry async for entry in decisions.read("s", 0)]
    ends = [0, *(entry.position for entry in entries)]
    assert max(end - begin for begin, end in pairwise(ends)) <= 2_000
    assert ([entry.sequence for entry in entries], ends[-1]) == (list(range(1, len(ends))), 4_500)
    after = maker(decisions)
    await after.start()
    assert after.state == one.state


class Pondering(Adding):
    """Takes longer for each decision than one document may take."""

    def decide(self, state: Sum, command: int) -> Decision[Added]:
        sleep(0.06)
        return super().decide(state, command)


async def test_what_takes_long_is_written_before_all_of_it_is_decided(decisions: Log) -> None:
    slow = DecisionMaker("s", "test", Pondering(), decisions, (), lambda: NOW)
    await slow.start()

    await slow.decide(commands(1, 2, 3))

    assert [entry.position async for entry in decisions.read("s", 0)] == [1, 2, 3]


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


async def test_what_an_older_owner_decided_at_the_last_moment_is_carried_on_when_its_command_comes_again(
    decisions: Log,
) -> None:
    heard: list[int] = []

    async def hear(entries: Sequence[Entry[Added]]) -> None:
        heard.extend(event.amount for entry in entries for _, event in entry.events)

    old, new = maker(decisions), maker(decisions, Follower(name="f", follow=hear))
    await old.start()
    await new.start()
    await old.decide(commands(1))  # and ends before its followers have heard of it

    await new.decide(commands(1))

    assert new.state.amounts == [1]
    await eventually(lambda: as_(heard == [1]), what="the decision being carried on")
    await new.stop()


async def test_a_state_that_the_log_did_not_take_is_the_log_s_again(
    decisions: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_connection(_: Entry[Added]) -> None:
        raise AutoReconnect

    one = maker(decisions)
    await one.start()
    await one.decide(commands(1))
    with monkeypatch.context() as broken:
        broken.setattr(decisions, "append", no_connection)
        with pytest.raises(AutoReconnect):
            await one.decide(commands(2, first=1))

    await one.recover()

    assert one.state.amounts == [1]


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
