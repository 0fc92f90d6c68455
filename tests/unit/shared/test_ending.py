"""Tasks end when they are told to, also those that overhear it the first time."""

import asyncio

from shared.ending import end


async def test_a_task_that_loses_a_cancellation_is_cancelled_again() -> None:
    begun = asyncio.Event()
    heard = 0

    async def deaf() -> None:
        nonlocal heard
        while True:
            try:
                begun.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                heard += 1
                if heard == 2:
                    raise

    task = asyncio.create_task(deaf())
    await begun.wait()
    await end(task)
    assert task.cancelled()
    assert heard == 2


async def test_what_ended_before_whatever_its_outcome_is_left_alone() -> None:
    async def fails() -> None:
        raise ValueError

    async def returns() -> int:
        return 7

    failed, done = asyncio.create_task(fails()), asyncio.create_task(returns())
    await asyncio.wait([failed, done])
    await end(failed, done)
    assert isinstance(failed.exception(), ValueError)
    assert done.result() == 7


async def test_nothing_to_end_is_fine() -> None:
    await end()
