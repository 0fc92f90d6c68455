"""A pool that begins in the middle of the morning: agents have customers, others wait, colleagues ask each other."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from services.routing.domain.commands import AcceptTicket, OpenTicket
from tests.properties.test_routing_live import LiveLife
from tests.properties.test_routing_pool import PoolLife
from tests.unit.routing.scenario import IDENTITY

_CHANNELS = ("chat", "chat", "email", "phone")


class BusyLife(PoolLife):
    """A pool in the middle of the morning."""

    @initialize(
        kinds=st.just(20_000),
        pace=st.sampled_from((0, 1, 3)),
        channels=st.lists(st.sampled_from(_CHANNELS), min_size=4, max_size=14),
    )
    def configure(self, kinds: int, pace: int, channels: list[str]) -> None:
        super().configure(kinds, 0)
        for channel in channels:
            self.opened += 1
            self.do(
                OpenTicket(
                    ticket=f"t{self.opened}",
                    conversation=f"c{self.opened % 12}",
                    channel=channel,
                    identity=IDENTITY,
                    queue="sales",
                    happened=self.now,
                )
            )
        for ticket in [one for one in self.pool.tickets.values() if one.phase == "offered"]:
            self.do(AcceptTicket(ticket=ticket.id, agent=ticket.agent or ""))
        self.pace = pace


class BusyFloor(BusyLife, LiveLife):
    """The same, seen live."""


BusyLife.TestCase.settings = settings(stateful_step_count=40)
BusyFloor.TestCase.settings = settings(stateful_step_count=40)
TestBusyLife = BusyLife.TestCase
TestBusyFloor = BusyFloor.TestCase
