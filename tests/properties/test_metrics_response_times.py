"""Response times and the backlog by age equal an independent calculation, in whatever order events become known."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import Choice
from services.metrics.domain.now import Now
from services.metrics.domain.windows import moment_of
from shared.contracts.tickets import TicketEvent, TicketOpened, TicketQueued, TicketResolved
from shared.contracts.tickets_sla import TicketSlaBreached, TicketSlaMet, TicketSlaMissed, TicketSlaStarted
from tests.oracle.histories import START, decided
from tests.unit.metrics.stored import Stored


@dataclass(frozen=True)
class Case:
    """A ticket as it was. Seconds: opened after START, asked so long before; its target; elapsed and business time."""

    opened: int
    asked: int
    seconds: int
    end: Literal["nothing", "in time", "late"]
    elapsed: int
    business: int
    is_resolved: bool

    def events(self, name: str) -> list[TicketEvent]:
        def at(seconds: int) -> dict[str, object]:
            return {"ticket": name, "at": START + timedelta(seconds=seconds)}

        since = self.opened - self.asked
        reached = START + timedelta(seconds=since + self.elapsed)
        queue = {"queue": "sales"}
        of: list[TicketEvent] = [
            TicketOpened(**at(self.opened), pool="p", conversation="c", channel="email", identity="0" * 32),  # type: ignore[arg-type] # fields of several types
            TicketQueued(**at(self.opened), **queue, channel="email", threshold=20.0, short=5.0),  # type: ignore[arg-type] # as above
            TicketSlaStarted(
                **at(self.opened),  # type: ignore[arg-type] # as above
                **queue,  # type: ignore[arg-type] # as above
                target="first_response",
                since=START + timedelta(seconds=since),
                seconds=float(self.seconds),
                left_s=0.0,
            ),
        ]
        then = self.opened + self.elapsed
        if self.end == "in time":
            left = float(self.seconds - min(self.business, self.seconds))
            of.append(TicketSlaMet(**at(then), target="first_response", reached=reached, left_s=left))  # type: ignore[arg-type] # as above
        if self.end == "late":
            late = float(self.business)
            of.append(TicketSlaBreached(**at(then), target="first_response", due=reached))  # type: ignore[arg-type] # as above
            of.append(TicketSlaMissed(**at(then), target="first_response", reached=reached, late_s=late))  # type: ignore[arg-type] # as above
        if self.is_resolved:
            of.append(TicketResolved(**at(then + 5), **queue, agent="ann"))  # type: ignore[arg-type] # as above
        return of

    @property
    def used(self) -> int:
        return min(self.business, self.seconds) if self.end == "in time" else self.seconds + self.business


cases = st.lists(
    st.builds(
        Case,
        opened=st.integers(0, 900_000),
        asked=st.integers(0, 100),
        seconds=st.sampled_from((60, 3_600, 14_400)),
        end=st.sampled_from(("nothing", "in time", "late")),
        elapsed=st.integers(0, 100_000),
        business=st.integers(0, 20_000),
        is_resolved=st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(cases=cases, seed=st.integers(0, 1_000), later=st.sampled_from((0, 3_600, 14_400, 86_400, 259_200, 604_800)))
def test_response_times_and_ages_equal_the_plain_calculation(cases: list[Case], seed: int, later: int) -> None:
    log = [
        decided(event, "pool-a", sequence, number)
        for sequence, case in enumerate(cases, start=1)
        for number, event in enumerate(case.events(f"t{sequence}"))
    ]
    Random(seed).shuffle(log)
    stored, total, now = Stored(), Figures(), Now()
    for event in [*log, *log[:3]]:
        stored.take([event])
        if seed % 7 == 0:
            stored.restart()
    for name, row in stored.rows().items():
        now.put(name, row)
        for booking, _, amount in row.bookings():
            total.book(booking, amount)
    answered = [case for case in cases if case.end != "nothing"]
    for definition, durations in (
        ("elapsed", [case.elapsed for case in answered]),
        ("business", [case.used for case in answered]),
    ):
        told = Choice.of([definition]).measure(total)
        assert told["first_responses"] == len(durations)
        mean = sum(durations) / len(durations) if durations else None
        assert told["average_first_response_time"] == (mean if mean is None else pytest.approx(mean))
    moment = START + timedelta(seconds=cases[0].opened + later)
    ages = [(cases[0].opened + later - case.opened) / 3_600 for case in cases if not case.is_resolved]
    found = now.backlog["all", ""].by_age(moment_of(moment)) if ages else {}
    limits = (float("-inf"), 1, 4, 24, 72, 168, float("inf"))
    expected = [sum(low <= age < high for age in ages) for low, high in pairwise(limits)]
    assert list(found.values()) == (expected if ages else [])
