"""A second opinion on a ticket's targets: a count minute by minute that knows no calendar and no formula.

Each minute that is open and not spent waiting for somebody outside adds one to what has passed since the beginning; a
ticket that comes to another queue is counted again from there, by that queue's hours.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.contracts.tickets_sla import Target

MINUTE = timedelta(minutes=1)
IsOpen = Callable[[datetime], bool]


@dataclass(frozen=True)
class Wanted:
    """What a queue wants, in minutes; a warning is due after half of them."""

    is_open: IsOpen
    minutes: dict[Target, int | None]


@dataclass
class Count:
    """One target: how many minutes it needs and how many have passed; due: when that was enough."""

    needed: int
    passed: int = 0
    due: datetime | None = None
    warned: bool = False
    breached: bool = False
    over: bool = False


@dataclass
class Minutes:
    """Follows one ticket from its opening; `told` is what it says, in order of time."""

    queues: dict[str, Wanted]
    live: bool
    opened: datetime
    queue: str
    now: datetime = field(init=False)
    told: list[tuple[str, Target, datetime]] = field(default_factory=list)
    counts: dict[Target, Count] = field(default_factory=dict)
    still: set[datetime] = field(default_factory=set)
    is_still: bool = False
    responded: bool = False
    asked: datetime | None = None

    def __post_init__(self) -> None:
        self.now = self.opened
        self._begin("first_response", self.opened)
        self._begin("resolution", self.opened)
        self._tell_due()

    def go_to(self, moment: datetime) -> None:
        """Minute by minute."""
        while self.now < moment:
            if self.is_still:
                self.still.add(self.now)
            for target, count in self.counts.items():
                self._count(count, target, self.now)
            self.now += MINUTE
            self._tell_due()

    def asks(self) -> None:
        self.goes_on()
        if self.responded and self.asked is None:
            self.asked = self.now
            self._begin("next_response", self.now)
            self._tell_due()

    def answers(self) -> None:
        if not self.live:
            self._reach("first_response")
            self.responded = True
        self._reach("next_response")
        self.asked = None

    def accepts(self) -> None:
        if self.live:
            self._reach("first_response")
            self.responded = True

    def pauses(self) -> None:
        self.is_still = True

    def goes_on(self) -> None:
        """After a pause or a resolution."""
        count = self.counts.get("resolution")
        if self.is_still and count is not None:
            count.over = False
            count.due = count.due if count.breached else None
        self.is_still = False
        self._tell_due()

    def resolves(self) -> None:
        for target in tuple(self.counts):
            self._reach(target)
        self.responded, self.asked, self.is_still = True, None, True

    def moves(self, queue: str) -> None:
        self.goes_on()
        self.queue = queue
        if not self.responded:
            self._begin("first_response", self.opened)
        if self.asked is not None:
            self._begin("next_response", self.asked)
        self._begin("resolution", self.opened)
        self._tell_due()

    def _begin(self, target: Target, since: datetime) -> None:
        before = self.counts.get(target)
        if before is not None and before.breached and not before.over:
            return
        needed = self.queues[self.queue].minutes[target]
        if needed is None:
            self.counts.pop(target, None)
            return
        count = self.counts[target] = Count(needed=needed)
        count.warned = before is not None and before.warned and not before.over
        moment = since
        while moment < self.now:
            self._count(count, target, moment)
            moment += MINUTE

    def _count(self, count: Count, target: Target, minute: datetime) -> None:
        stands_still = count.over or (target == "resolution" and minute in self.still)
        if self.queues[self.queue].is_open(minute) and not stands_still:
            count.passed += 1
            if count.passed == count.needed:
                count.due = minute + MINUTE

    def _tell_due(self) -> None:
        for target, count in self.counts.items():
            if count.over or (self.is_still and target == "resolution"):
                continue
            if not count.warned and not count.breached and 2 * count.passed >= count.needed:
                count.warned = True
                self.told.append(("warned", target, self.now))
            if not count.breached and count.passed >= count.needed:
                count.breached = True
                count.due = count.due or self.now
                self.told.append(("breached", target, self.now))

    def _reach(self, target: Target) -> None:
        count = self.counts.get(target)
        if count is None or count.over:
            return
        count.over = True
        in_time = count.due is None or self.now <= count.due
        count.breached = count.breached and not in_time
        self.told.append(("met" if in_time else "missed", target, self.now))
