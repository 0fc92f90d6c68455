"""Keep processes running: start again what stops, ever more slowly when it keeps stopping."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_FIRST_DELAY = 0.5  # seconds
_LONGEST_DELAY = 30.0
_PROVEN = 60.0  # a process that ran this long starts with a clean record


class Restartable(Protocol):
    """A process that can be started again after it stopped."""

    @property
    def name(self) -> str: ...
    @property
    def running(self) -> bool: ...
    @property
    def returncode(self) -> int | None: ...
    @property
    def pid(self) -> int: ...
    @property
    def log(self) -> Path: ...
    def begin(self) -> None: ...


@dataclass(slots=True, kw_only=True)
class _Watched:
    process: Restartable
    began: float
    failures: int = 0
    again_at: float | None = None


class Supervisor:
    """Looks after processes that are running when it gets them. Call look() a few times a second."""

    def __init__(self, processes: Sequence[Restartable], say: Callable[[str], None], now: float) -> None:
        self._watched = [_Watched(process=process, began=now) for process in processes]
        self._say = say

    def look(self, now: float) -> None:
        """Notice what stopped and start what is due. `now` is in seconds on any steady clock."""
        for one in self._watched:
            if one.again_at is not None:
                self._start_if_due(one, now)
            elif not one.process.running:
                self._plan_start(one, now)

    def _plan_start(self, one: _Watched, now: float) -> None:
        if now - one.began >= _PROVEN:
            one.failures = 0
        delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2**one.failures)
        one.failures += 1
        one.again_at = now + delay
        self._say(
            f"{one.process.name} stopped ({how_it_ended(one.process.returncode)}); "
            f"starting it again in {delay:g} s. Its log: {one.process.log}"
        )

    def _start_if_due(self, one: _Watched, now: float) -> None:
        if one.again_at is not None and now >= one.again_at:
            one.again_at, one.began = None, now
            one.process.begin()
            self._say(f"{one.process.name} is started again (process {one.process.pid})")


def how_it_ended(returncode: int | None) -> str:
    """Say an exit code in words; negative ones are signals."""
    if returncode is not None and returncode < 0:
        return f"killed by signal {-returncode}"
    return f"exit code {returncode}"
