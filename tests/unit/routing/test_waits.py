"""How long a contact will wait, read off the pool's state."""

from datetime import timedelta

import pytest

from services.routing.domain.configuration import ChannelSettings, PoolConfigured, PoolSettings
from services.routing.domain.erlang import stages_quantile, waiting_probability
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from services.routing.domain.waits import Waits
from services.routing.domain.workload import Workload
from shared.contracts.tickets import TicketPended
from tests.unit.routing.scenario import (
    EIGHT,
    accepted,
    available,
    contact,
    given,
    offered,
    opened,
    resolved,
    second,
    status,
)


def handled(number: int, name: str, begin: float, seconds: float, channel: str = "phone") -> list[Event]:
    """So many calls, one after the other, each of so many seconds."""
    events: list[Event] = []
    for one in range(number):
        ticket = f"past {name} {begin} {one}"
        at = begin + one * seconds
        events += [*contact(ticket, name, at, channel=channel), resolved(ticket, name, at + seconds)]
    return events


def busy(*more: list[Event]) -> Pool:
    """Two agents who have handled ten calls of a minute each, and talk just now."""
    agents = [*available("ann"), *available("bob")]
    past = [*handled(10, "ann", 0, 60), *handled(10, "bob", 0, 60)]
    return given(agents, past, contact("now 1", "ann", 700), contact("now 2", "bob", 700), *more)


def test_the_first_waits_for_the_first_of_all_agents_who_is_done() -> None:
    pool = busy(opened("t1", 710))
    found = Waits(pool).of(pool.tickets["t1"])
    assert (found.position, found.ahead, found.agents, found.places, found.handling_s) == (1, 0, 2, 2, 60.0)
    assert (found.p50_s, found.p90_s, found.basis) == (round(30 * 0.6931), round(30 * 2.3026), "queue")


def test_the_third_waits_for_three_calls_to_end() -> None:
    pool = busy(opened("t1", 710), opened("t2", 720), opened("t3", 730))
    found = Waits(pool).of(pool.tickets["t3"])
    assert (found.position, found.ahead) == (3, 2)
    assert found.p50_s == round(30 * stages_quantile(3, 0.5))


def test_whoever_comes_first_for_the_same_agents_counts_but_has_no_place_in_this_queue() -> None:
    pool = busy(opened("m1", 705, queue="mail", skills=()), opened("t1", 710))
    found = Waits(pool).of(pool.tickets["t1"])
    assert (found.position, found.ahead) == (1, 1)


def test_whoever_comes_first_for_other_agents_does_not_count() -> None:
    pool = busy(available("cem", skills=()), opened("m1", 705, queue="mail", skills=("chess",)), opened("t1", 710))
    assert Waits(pool).of(pool.tickets["t1"]).ahead == 0


def test_urgent_contacts_come_first() -> None:
    pool = busy(opened("t1", 710), opened("t2", 720, priority=1))
    assert [Waits(pool).of(pool.tickets[name]).position for name in ("t2", "t1")] == [1, 2]


def test_nobody_knows_how_long_it_takes_while_nobody_who_could_take_it_is_available() -> None:
    pool = busy([status("ann", "break", 701), status("bob", "break", 701)], opened("t1", 710))
    found = Waits(pool).of(pool.tickets["t1"])
    assert (found.position, found.agents, found.p50_s, found.p90_s, found.basis) == (1, 0, None, None, "no_agents")


def test_nobody_knows_how_long_it_takes_before_anything_was_handled() -> None:
    pool = given(available("ann"), contact("now", "ann", 1), opened("t1", 2))
    assert (Waits(pool).of(pool.tickets["t1"]).p50_s, Waits(pool).of(pool.tickets["t1"]).basis) == (
        None,
        "no_experience",
    )


def test_a_queue_without_experience_takes_that_of_the_channel() -> None:
    pool = busy(opened("m1", 705, queue="mail", skills=()))
    found = Waits(pool).of(pool.tickets["m1"])
    assert (found.handling_s, found.basis) == (60.0, "channel")
    assert found.p50_s == round(30 * stages_quantile(1, 0.5))


def test_what_is_offered_does_not_wait_any_more() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1))
    found = Waits(pool).of(pool.tickets["t1"])
    assert (found.position, found.p50_s, found.basis) == (0, 0, "offered")


@pytest.mark.parametrize(
    ("limits", "units", "places"), [({}, 2, 4), ({"chat": 3}, 2, 3), ({}, 5, 1), ({"chat": 0}, 2, 0)]
)
def test_an_agent_has_as_many_places_as_fit_into_an_empty_hand(limits: dict[str, int], units: int, places: int) -> None:
    chats = PoolConfigured(
        pool="main", at=EIGHT, settings=PoolSettings(name="Main", channels={"chat": ChannelSettings(units=units)})
    )
    pool = given(chats, available("ann", limits=limits), opened("t1", 1, channel="chat"))
    assert Waits(pool).of(pool.tickets["t1"]).places == places


def test_a_contact_that_is_parked_took_as_long_as_the_agent_had_it() -> None:
    parked = TicketPended(ticket="t1", at=second(31), queue="sales", agent="ann", on="customer")
    pool = given(available("ann"), contact("t1", "ann", 1), parked)
    assert pool.workloads["sales"]["phone"].handled_ms == 30_000
    assert pool.tickets["t1"].handling_since is None


def test_contacts_of_late_count_most() -> None:
    known = Workload()
    for seconds in (*[60] * 200, *[120] * 100):
        known = known.after_handling(timedelta(seconds=seconds))
    assert (known.handled, known.handled_ms) == (100, (100 * 60_000 + 100 * 120_000) // 2)


def test_arrivals_are_those_of_the_last_hour() -> None:
    known = Workload()
    for minute in range(0, 120, 2):
        known = known.after_arrival(EIGHT + timedelta(minutes=minute))
    now = EIGHT + timedelta(minutes=120)
    assert known.arrivals_per_s(now) == pytest.approx(1 / 120)
    assert known.arrivals_per_s(now + timedelta(hours=2)) == 0.0
    known = known.after_arrival(EIGHT)  # late, and too old to count
    assert known.arrivals_per_s(now) == pytest.approx(1 / 120)


def test_a_single_arrival_is_no_rush() -> None:
    known = Workload().after_arrival(EIGHT)
    assert known.arrivals_per_s(EIGHT) == pytest.approx(1 / 900)


def test_a_queue_tells_what_comes_and_who_can_do_it() -> None:
    pool = busy(opened("t1", 710))
    found = Waits(pool).forecast("sales", "phone", second(720))
    assert found.arrivals_per_hour == pytest.approx(23 * 4)
    assert found.load == pytest.approx(23 / 900 * 60)
    assert found.wait_probability == pytest.approx(waiting_probability(2, 23 / 15))
    assert (found.next.position, found.next.basis) == (2, "queue")
    assert found.next.p50_s == round(30 * stages_quantile(2, 0.5))


def test_whoever_comes_while_an_agent_is_free_need_not_wait() -> None:
    pool = busy([resolved("now 1", "ann", 720)])
    found = Waits(pool).forecast("sales", "phone", second(721)).next
    assert (found.p50_s, found.p90_s, found.basis) == (0, 0, "free_agent")


def test_where_more_comes_than_can_be_done_waits_have_no_bound() -> None:
    pool = busy(*([opened(f"t{number}", 710 + number) for number in range(40)]))
    found = Waits(pool).forecast("sales", "phone", second(760))
    assert (found.wait_probability, found.mean_wait_s, found.p90_s, found.service_level) == (1.0, None, None, 0.0)


def test_estimating_changes_nothing() -> None:
    pool = busy(opened("t1", 710))
    before = busy(opened("t1", 710))
    Waits(pool).of(pool.tickets["t1"])
    Waits(pool).forecast("mail", "fax", second(720))
    assert pool == before
    evolve(pool, accepted("t1", "ann", 730))
