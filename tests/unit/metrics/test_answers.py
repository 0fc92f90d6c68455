"""Answers that are given again: for how long, to whom, and what a fault in between does."""

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest

from services.metrics.answers import Answers


class Making:
    """Numbers its answers, and waits with each until it may go on."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.fault: Exception | None = None
        self.made = 0

    async def __call__(self) -> bytes:
        self.made += 1
        await self.may_go_on.wait()
        if self.fault:
            raise self.fault
        return str(next(self._numbers)).encode()


async def test_an_answer_is_given_again_then_renewed_behind_the_asker_and_never_after_a_second() -> None:
    answers, make = Answers(), Making()
    assert [await answers.of("a", make) for _ in range(3)] == [b"1"] * 3
    assert make.made == 1
    await asyncio.sleep(0.3)
    assert await answers.of("a", make) == b"1"
    await asyncio.sleep(0.01)
    assert await answers.of("a", make) == b"2"
    await asyncio.sleep(1.1)
    assert await answers.of("a", make) == b"3"


async def test_who_asks_for_the_same_meanwhile_waits_for_the_same_and_others_do_not() -> None:
    answers, make, other = Answers(), Making(), Making()
    make.may_go_on.clear()
    asking = [asyncio.create_task(answers.of("a", make)) for _ in range(3)]
    assert await answers.of("b", other) == b"1"
    asking[0].cancel()
    make.may_go_on.set()
    assert await asyncio.gather(*asking[1:]) == [b"1", b"1"]
    assert make.made == 1


async def test_a_fault_is_told_to_whoever_waits_and_the_next_asks_anew() -> None:
    answers, make = Answers(), Making()
    make.fault = RuntimeError("away")
    with pytest.raises(RuntimeError, match="away"):
        await answers.of("a", make)
    make.fault = None
    assert await answers.of("a", make) == b"1"


async def test_a_fault_behind_an_asker_leaves_the_last_answer_until_it_is_too_old() -> None:
    answers, make = Answers(), Making()
    assert await answers.of("a", make) == b"1"
    make.fault = RuntimeError("away")
    await asyncio.sleep(0.3)
    assert await answers.of("a", make) == b"1"
    await asyncio.sleep(0.8)
    with pytest.raises(RuntimeError, match="away"):
        await answers.of("a", make)
