"""What is kept of a pool, and read again by this version or a later one."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import orjson
import pytest

from services.routing.domain.configuration import QueueConfigured, QueueSettings, Ring
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from services.routing.domain.targets import TargetSettings
from services.routing.kept import KeptPool
from shared.contracts.tickets_links import TicketMerged
from shared.snapshot_files import lines_of
from tests.unit.routing.desk import Desk
from tests.unit.routing.scenario import (
    abandoned,
    accepted,
    agent,
    flat,
    given,
    offered,
    opened,
    second,
    signed_in,
    status,
)


def stored(pool: Pool) -> list[Any]:
    """What is kept of a pool, as in the database."""
    return stored_rows(KeptPool().rows(pool))


def stored_rows(rows: Iterable[Any]) -> list[Any]:
    return [row for line in lines_of(rows) for row in orjson.loads(line)]


def tickets_in(rows: Any) -> dict[str, Any]:  # noqa: ANN401 (rows of JSON)
    """The row that the tickets are in."""
    [found] = [row for row in rows if row.get("of") == "ticket" and "columns" in row]
    return dict(found)


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


def test_what_events_change_while_a_pool_is_kept_is_put_right_by_what_comes_after() -> None:
    pool, read = busy(), list[Any]()
    began = KeptPool().rows(pool)
    read += stored_rows(islice(began, 2))  # the pool and its agents
    events = flat([accepted("t1", "ann", 4), opened("t3", 5), abandoned("t2", 5)])
    for event in events:
        evolve(pool, event)
    read += stored_rows(began)
    assert KeptPool().state(read) != pool
    assert KeptPool().state(read + stored_rows(KeptPool().changed(pool, events))) == pool


MERGED = TicketMerged(ticket="t1", at=second(4), queue="sales", into="t2", by="sue")
WIDER = QueueSettings(name="Sales", skills={"sales": 1}, rings=(Ring(after_s=30, lower=1),))
RINGS = QueueConfigured(pool="main", queue="sales", at=second(4), settings=WIDER)


@pytest.mark.parametrize("event", [MERGED, RINGS], ids=["two are merged", "what waits is to ring"])
def test_events_change_tickets_that_they_do_not_belong_to(event: Event) -> None:
    pool = given(agent("ann"), opened("t1", 2), opened("t2", 3), opened("t3", 3, queue="mail"))
    before = stored(pool)
    evolve(pool, event)
    changed = stored_rows(KeptPool().changed(pool, [event]))
    assert KeptPool().state(before + changed) == pool
    assert "t3" not in tickets_in(changed)["columns"]["id"]


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


def test_tickets_that_need_the_same_share_it() -> None:
    one, other = KeptPool().state(stored(busy())).tickets.values()
    assert one.needs is other.needs


def test_what_all_have_by_default_is_not_written() -> None:
    columns = tickets_in(stored(busy()))["columns"]
    assert "tags" not in columns
    assert columns["agent"] == ["ann", None]


def test_a_field_that_was_not_there_yet_gets_its_default() -> None:
    pool = given(agent("ann"), opened("t1", 2))
    rows = stored(pool)
    assert "asked" not in tickets_in(rows)["columns"]
    assert KeptPool().state(rows) == pool


@pytest.mark.parametrize(
    "change", ["a field that is gone", "a field without a default", "a value too few", "ids too few", "no rows"]
)
def test_what_does_not_fit_is_not_read(change: str) -> None:
    rows = stored(busy())
    columns = tickets_in(rows)["columns"]
    match change:
        case "a field that is gone":
            columns["colour"] = ["red", "blue"]
        case "a field without a default":
            del columns["conversation"]
        case "a value too few":
            columns["conversation"].pop()
        case "ids too few":
            columns["id"].pop()
        case _:
            rows = []
    with pytest.raises((ValueError, TypeError, LookupError)):  # what a snapshot is passed over for
        KeptPool().state(rows)
