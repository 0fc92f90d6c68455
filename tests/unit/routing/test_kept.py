"""What is kept of a pool, and read again by this version or a later one."""

from typing import Any

import orjson
import pytest

from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from services.routing.domain.targets import TargetSettings
from services.routing.kept import KeptPool
from tests.unit.routing.desk import Desk
from tests.unit.routing.scenario import accepted, agent, declined, given, offered, opened, signed_in, status


def stored(pool: Pool) -> Any:  # noqa: ANN401 (rows of JSON)
    return orjson.loads(orjson.dumps([*KeptPool().rows(pool)], default=list))


def busy() -> Pool:
    """An agent with an offer, and a ticket that waits."""
    return given(
        agent("ann"),
        signed_in("ann"),
        status("ann", "available", 1),
        opened("t1", 2),
        offered("t1", "ann", 2),
        opened("t2", 3),
    )


def test_a_pool_is_put_together_as_it_was_and_has_its_index() -> None:
    pool = busy()
    again = KeptPool().state(stored(pool))
    assert again == pool
    assert {name: lane.waiting.keys() for name, lane in again.index.lanes.items()} == {
        name: lane.waiting.keys() for name, lane in pool.index.lanes.items()
    }


def test_a_row_that_was_read_stays_as_it_was_whatever_happens_to_the_pool() -> None:
    pool = busy()
    rows = [*KeptPool().rows(pool)]
    before = orjson.dumps(rows, default=list)
    for event in (accepted("t1", "ann", 4), offered("t2", "ann", 5), declined("t2", "ann", 6)):
        evolve(pool, event)
    assert KeptPool().state(stored(pool)) != KeptPool().state(orjson.loads(before))
    assert orjson.dumps(rows, default=list) == before


def test_the_clocks_of_targets_are_kept_as_they_were() -> None:
    desk = Desk(TargetSettings(first_response_s=7200, next_response_s=3600, resolution_s=36_000))
    desk.customer_writes("Mon 09:00")
    desk.ann_takes_it("Mon 09:30")
    desk.agent_writes("Mon 10:00")
    desk.customer_writes("Mon 10:30")
    desk.ann_waits_for_the_customer("Mon 10:40")
    desk.ann_goes_on("Mon 10:50")
    desk.ann_waits_for_the_customer("Mon 11:00")
    again = KeptPool().state(stored(desk.pool))
    assert again == desk.pool
    assert again.index.deadlines.keys() == desk.pool.index.deadlines.keys()


def test_a_row_with_clocks_stays_as_it_was_too() -> None:
    desk = Desk(TargetSettings(first_response_s=7200, resolution_s=36_000))
    desk.customer_writes("Mon 09:00")
    rows = [*KeptPool().rows(desk.pool)]
    before = orjson.dumps(rows, default=list)
    desk.agent_writes("Mon 10:00")
    assert orjson.dumps(rows, default=list) == before


def test_tickets_that_need_the_same_share_it() -> None:
    one, other = KeptPool().state(stored(busy())).tickets.values()
    assert one.needs is other.needs


def test_a_field_that_was_not_there_yet_gets_its_default() -> None:
    rows = stored(busy())
    place = rows[0]["ticket"].index("asked")
    del rows[0]["ticket"][place]
    for row in rows[1:]:
        if row[0] == "ticket":
            del row[1 + place]
    assert KeptPool().state(rows) == busy()


@pytest.mark.parametrize("change", ["a field that is gone", "a field without a default", "a row too short", "no rows"])
def test_what_does_not_fit_is_not_read(change: str) -> None:
    rows = stored(busy())
    match change:
        case "a field that is gone":
            rows[0]["ticket"][0] = "colour"
        case "a field without a default":
            del rows[0]["ticket"][1]
            for row in rows[1:]:
                if row[0] == "ticket":
                    del row[2]
        case "a row too short":
            rows[-1].pop()
        case _:
            rows = []
    with pytest.raises((ValueError, TypeError, LookupError)):  # what a snapshot is passed over for
        KeptPool().state(rows)
