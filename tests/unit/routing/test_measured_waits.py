"""Estimated waits are held against what then happened."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count

from prometheus_client import REGISTRY

from services.routing.commands import stream_of
from services.routing.domain.configuration import QueueConfigured, QueueSettings
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from services.routing.measured_waits import MeasuredWaits
from tests.unit.routing.scenario import (
    abandoned,
    accepted,
    available,
    contact,
    flat,
    given,
    opened,
    resolved,
    second,
)

QUEUES: Iterator[str] = (f"measured-{number}" for number in count())


class Watched:
    """A pool whose one agent talks, after ten contacts of a minute each, and what measures its waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.queue = next(QUEUES)
        settings = QueueConfigured(pool="main", queue=self.queue, at=second(0), settings=QueueSettings(name="Measured"))
        past: list[Event] = []
        for number in range(10):
            begin = 60 * number
            past += contact(f"p{number}", "ann", begin, queue=self.queue)
            past.append(resolved(f"p{number}", "ann", begin + 60, queue=self.queue))
        talking = contact("now", "ann", 600, queue=self.queue)
        self.pool: Pool = given(settings, available("ann"), past, talking)
        self.measured = MeasuredWaits({"main": self.pool}.get, clock)

    def see(self, *events: Event | Sequence[Event]) -> None:
        """The events are decided, and told as the log has them."""
        for event in flat(events):
            evolve(self.pool, event)
            stored = {name: getattr(event, name, None) for name in ("event", "ticket", "queue", "at")}
            self.measured.on_decision({"_id": {"stream": stream_of("main")}, "events": [{"event": stored}]})

    def answer(self, ticket: str, came: float, answered: float) -> None:
        """Somebody comes, waits, and is answered when the call before is over."""
        self.see(opened(ticket, came, queue=self.queue, skills=()))
        self.see(resolved("now", "ann", answered, queue=self.queue))
        self.see(accepted(ticket, "ann", answered, queue=self.queue))

    def counted(self, wait: str) -> float:
        labels = {"queue": self.queue, "wait": wait}
        return REGISTRY.get_sample_value("hub_waits_measured_total", labels) or 0.0

    def off(self, at_most: str = "+Inf") -> float:
        labels = {"queue": self.queue, "le": at_most}
        return REGISTRY.get_sample_value("hub_wait_error_seconds_bucket", labels) or 0.0


def seldom() -> Callable[[], float]:
    """A clock that stands still while an estimate is made, and goes on by a second before the next."""
    return (float(look // 2) for look in count()).__next__


def test_a_wait_that_was_about_right_is_within() -> None:
    watched = Watched(seldom())
    watched.answer("t1", 610, 661)
    assert (watched.off("0.0"), watched.off("10.0")) == (0, 1)  # 51 s, and the median of one stage of 60 s is 42 s
    assert (watched.counted("within"), watched.counted("beyond")) == (1, 0)


def test_a_wait_that_was_far_longer_is_beyond() -> None:
    watched = Watched(seldom())
    watched.answer("t1", 610, 610 + 139)  # nine of ten are over after 138 s
    assert (watched.counted("within"), watched.counted("beyond")) == (0, 1)


def test_whoever_gives_up_is_not_counted() -> None:
    watched = Watched(seldom())
    watched.see(opened("t1", 610, queue=watched.queue, skills=()), abandoned("t1", 900, queue=watched.queue))
    assert (watched.off(), watched.counted("within"), watched.counted("beyond")) == (0, 0, 0)


def test_no_more_than_two_a_second_are_estimated() -> None:
    watched = Watched(lambda: 1.0)
    watched.see(opened("t1", 610, queue=watched.queue, skills=()))
    watched.answer("t2", 611, 650)
    assert watched.off() == 0


def test_the_next_estimate_is_as_much_later_as_the_last_one_took_long() -> None:
    looks = [0.0, 0.02, 1.9, 2.1, 2.1]  # the first was made in 0.02 s, which is a hundredth of 2 s
    watched = Watched(iter(looks).__next__)
    callers = ("t1", "t2", "t3")
    for number, caller in enumerate(callers):
        watched.see(opened(caller, 610 + number, queue=watched.queue, skills=()))
    for number, (before, caller) in enumerate(zip(("now", *callers), callers, strict=False)):
        watched.see(resolved(before, "ann", 650 + 40 * number, queue=watched.queue))
        watched.see(accepted(caller, "ann", 650 + 40 * number, queue=watched.queue))
    assert watched.off() == 2


def test_pools_of_other_processes_are_left_to_those() -> None:
    watched = Watched(seldom())
    watched.measured = MeasuredWaits(lambda _: None, seldom())
    watched.answer("t1", 610, 661)
    assert watched.off() == 0
