"""A process that does not end by itself is ended, and says at what it was."""

import subprocess
import sys

import pytest

from shared.bounded_ending import GAVE_UP

_PROCESS = """
import asyncio, time
from shared.bounded_ending import BoundedEnding

async def last_words():
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        {then}

async def main():
    ending = BoundedEnding(asyncio.get_running_loop(), seconds={seconds})
    ending.begin()
    ending.begin()
    ending.step = "saying the last words"
    asyncio.create_task(last_words())
    await asyncio.sleep(0)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    "then", ["await asyncio.Event().wait()", "time.sleep(600)"], ids=["a task that does not end", "a loop that stands"]
)
def test_who_does_not_end_is_ended(then: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROCESS.format(then=then, seconds=0.2)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == GAVE_UP
    for told in ("service_not_ended", "saying the last words", "last_words"):
        assert told in ended.stdout


def test_who_ends_by_itself_is_not_kept() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROCESS.format(then="pass", seconds=600)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0
