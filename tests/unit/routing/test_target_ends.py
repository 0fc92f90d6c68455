"""A ticket that goes on as something else has no clocks any more, and what came from elsewhere is not merged."""

import pytest

from services.routing.domain.commands import Asked, OpenTicket
from services.routing.domain.commands_merging import MergeTicket
from services.routing.domain.configuration import Overflow
from services.routing.domain.decide import decide
from services.routing.domain.refusals import Refused
from services.routing.domain.targets import TargetSettings
from tests.unit.routing.desk import HOUR, Desk, at, told
from tests.unit.routing.scenario import open_ticket, second
from tests.unit.routing.test_moves import moved

BOTH = TargetSettings(first_response_s=4 * HOUR, resolution_s=8 * HOUR)
LIFTED = ["lifted first_response Mon 10:00", "lifted resolution Mon 10:00"]


def test_what_becomes_part_of_another_ticket_waits_for_no_answer_of_its_own() -> None:
    desk = Desk(BOTH)
    desk.customer_writes("Mon 09:00")
    other = OpenTicket(
        ticket="t2", conversation="c2", identity="i1", channel="email", queue="mail", happened=at("Mon 09:30")
    )
    desk.do(other, "Mon 09:30")

    events = desk.do(MergeTicket(ticket="t1", into="t2", by="sue"), "Mon 10:00")

    assert told(events) == LIFTED
    assert events[-1].event == "ticket.merged"
    assert [ticket for ticket, one in desk.pool.tickets.items() if one.clocks and one.clocks.of] == ["t2"]


@pytest.mark.parametrize(
    "step",
    [Overflow(to="elsewhere", pool="other", after_s=HOUR), Overflow(to="night", voicemail=True, after_s=HOUR)],
    ids=["to another pool", "to voicemail"],
)
def test_what_goes_on_elsewhere_waits_for_no_answer_here(step: Overflow) -> None:
    desk = Desk(BOTH, overflow=(step,))
    desk.customer_writes("Mon 09:00", channel="phone")
    assert told(desk.wait_until("Mon 12:00")) == LIFTED
    assert desk.pool.tickets == {}


def test_a_ticket_from_another_pool_is_not_merged_because_that_pool_still_asks_for_it() -> None:
    pools = moved()
    (ticket,) = pools.open()["b"]
    pools.do("b", open_ticket("t9", happened=20, queue="b", channel="email", conversation="c9"), second(20))
    asked = Asked(command=MergeTicket(ticket=ticket, into="t9", by="sue"), at=second(30), now=second(30))
    refused = decide(pools.pools["b"], asked)
    assert isinstance(refused, Refused)
    assert (refused.word, "came from pool a" in refused.detail) == ("from_another_pool", True)
