"""The customers of the simulated contact centre: the same for the same seed, and as chance would have them."""

from itertools import islice, pairwise, takewhile
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.simulation.arrivals import DAY, HOUR, OFFICE_DAY, DayShape, arrivals
from deploy.local.simulation.behaviour import MANNERS, busy_rate, handling, patience, temper, workload
from deploy.local.simulation.chance import chance_for, mean_around
from deploy.local.simulation.contacts import Contact, Door, Order, busy_peak, contacts
from deploy.local.simulation.people import POPULATION_LIMIT, person

DOORS = (
    Door(queue="sales", channel="email", address="sales@shop.example"),
    Door(queue="sales", channel="chat"),
    Door(queue="billing", channel="email", address="billing@shop.example"),
    Door(queue="support", channel="phone", address="+12025550100"),
    Door(queue="german", channel="phone", address="+12025550101", language="de"),
)
FLAT = DayShape(shares=(1.0,) * 24)


def first(count: int, seed: int, doors: tuple[Door, ...] = DOORS) -> list[Contact | Order]:
    return list(islice(contacts(seed, OFFICE_DAY, 0.5, 9 * HOUR, doors), count))


def test_the_same_seed_draws_the_same_customers_with_the_same_wishes() -> None:
    assert first(300, seed=7) == first(300, seed=7)


def test_another_seed_draws_others() -> None:
    assert first(20, seed=7) != first(20, seed=8)


def test_the_streams_of_one_seed_are_independent_of_each_other() -> None:
    assert chance_for(1, "arrivals").random() != chance_for(1, "demand").random()


@pytest.mark.parametrize("seed", range(5))
def test_arrivals_at_a_steady_rate_are_as_many_as_a_poisson_process_has(seed: int) -> None:
    rate, seconds = 0.2, 50_000.0
    count = sum(1 for _ in takewhile(lambda at: at < seconds, arrivals(chance_for(seed), FLAT, rate, 0.0)))
    expected = rate * seconds
    assert abs(count - expected) < 4 * expected**0.5


@pytest.mark.parametrize("seed", range(5))
def test_the_gaps_of_a_steady_rate_are_exponential(seed: int) -> None:
    moments = list(islice(arrivals(chance_for(seed), FLAT, 1.0, 0.0), 20_000))
    gaps = [two - one for one, two in pairwise(moments)]
    assert mean(gaps) == pytest.approx(1.0, abs=0.03)
    assert mean(gap > 1.0 for gap in gaps) == pytest.approx(0.3679, abs=0.015)


@pytest.mark.parametrize("hour", [3, 8, 10, 13, 22])
def test_arrivals_follow_the_time_of_day(hour: int) -> None:
    rate, days = 0.05, 60
    chance = chance_for(3, hour)
    count = sum(
        1
        for _ in range(days)
        for _ in takewhile(lambda at: at < (hour + 1) * HOUR, arrivals(chance, OFFICE_DAY, rate, hour * HOUR))
    )
    expected = rate * OFFICE_DAY.mean_share(hour * HOUR, (hour + 1) * HOUR) * HOUR * days
    assert abs(count - expected) < 4 * expected**0.5


shares = st.lists(st.floats(0, 1), min_size=24, max_size=24).map(lambda some: DayShape(shares=(1.0, *some[1:])))


@given(shape=shares, moment=st.floats(0, 10 * DAY))
def test_thinning_never_needs_more_than_the_peak_rate(shape: DayShape, moment: float) -> None:
    assert 0.0 <= shape.share(moment) <= 1.0


@given(shape=shares, begins=st.floats(0, DAY), length=st.floats(1, DAY))
def test_the_mean_share_lies_between_the_least_and_the_greatest(shape: DayShape, begins: float, length: float) -> None:
    assert -1e-9 <= shape.mean_share(begins, begins + length) <= 1.0 + 1e-9


def test_the_mean_share_is_the_mean_of_many_looks() -> None:
    begins, ends = 7.3 * HOUR, 15.8 * HOUR
    looks = [OFFICE_DAY.share(begins + (ends - begins) * (n + 0.5) / 50_000) for n in range(50_000)]
    assert OFFICE_DAY.mean_share(begins, ends) == pytest.approx(mean(looks), abs=1e-4)


@given(seed=st.integers(0, 50))
def test_arrivals_come_one_after_the_other(seed: int) -> None:
    moments = list(islice(arrivals(chance_for(seed), OFFICE_DAY, 1.0, 5 * HOUR), 50))
    assert moments == sorted(set(moments))
    assert moments[0] > 5 * HOUR


@pytest.mark.parametrize("wrong", [(1.0,) * 23, (0.5,) * 24, (1.0,) * 23 + (-0.1,), (1.5,) * 24])
def test_a_day_without_24_shares_and_a_busiest_hour_is_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="24 shares"):
        DayShape(shares=wrong)


@pytest.mark.parametrize("channel", ["phone", "chat"])
def test_patience_is_exponential_around_its_mean(channel: str) -> None:
    chance = chance_for(6, channel)
    drawn = [patience(chance, channel) or 0.0 for _ in range(20_000)]
    expected = MANNERS[channel].patience or 0.0
    assert mean(drawn) == pytest.approx(expected, rel=0.03)
    assert mean(one > expected for one in drawn) == pytest.approx(0.3679, abs=0.015)


@pytest.mark.parametrize("channel", ["email", "social"])
def test_who_writes_a_mail_or_a_post_need_not_wait(channel: str) -> None:
    assert patience(chance_for(1), channel) is None


@pytest.mark.parametrize("channel", MANNERS)
def test_handle_times_have_the_mean_that_the_workload_counts_with(channel: str) -> None:
    chance = chance_for(5, channel)
    drawn = mean(handling(chance, channel) for _ in range(30_000))
    manner = MANNERS[channel]
    assert drawn == pytest.approx(mean_around(manner.handling, manner.spread), rel=0.03)


def test_a_busy_rate_gives_agents_four_fifths_of_their_time_in_work() -> None:
    rate = busy_rate(8, {"phone": 1.0, "email": 1.0})
    assert rate * (workload("phone") + workload("email")) / 2 == pytest.approx(8 * 0.8)
    assert busy_peak(8, DOORS) > busy_rate(8, {"phone": 0.34, "chat": 0.28, "email": 0.25})


def test_every_contact_comes_through_a_door_that_leads_to_a_queue() -> None:
    drawn = [one for one in first(500, seed=1) if isinstance(one, Contact)]
    assert {one.door for one in drawn} == set(DOORS)
    assert all(one.says and one.subject and one.handling > 0 for one in drawn)
    assert not any(one.channel == "social" for one in drawn)


def test_who_speaks_german_calls_the_german_number() -> None:
    drawn = [one for one in first(600, seed=2) if isinstance(one, Contact) and one.channel == "phone"]
    assert {one.person.language for one in drawn if one.door.language == "de"} == {"de"}
    assert not [one for one in drawn if one.door.language is None and one.person.language == "de"]


def test_the_channels_are_mixed_by_their_weights() -> None:
    drawn = [one for one in first(6_000, seed=4) if isinstance(one, Contact)]
    part = mean(one.channel == "phone" for one in drawn)
    assert part == pytest.approx(0.34 / (0.34 + 0.28 + 0.25), abs=0.05)
    orders = mean(isinstance(one, Order) for one in first(6_000, seed=4))
    assert orders == pytest.approx(0.12, abs=0.02)


def test_customers_come_back_on_other_channels_and_some_are_recognised() -> None:
    drawn = [one for one in first(400, seed=9) if isinstance(one, Contact)]
    joined = [one for one in drawn if one.joins]
    assert len(joined) > 20
    for one in joined:
        assert one.joins != one.identity
        earlier = {before.identity for before in drawn if before.number < one.number and before.person == one.person}
        assert one.joins in earlier


@given(seed=st.integers(0, 1_000), number=st.integers(0, POPULATION_LIMIT - 1))
def test_every_person_has_addresses_that_exist_only_in_fiction(seed: int, number: int) -> None:
    someone = person(seed, number)
    assert someone == person(seed, number)
    assert someone.phone[5:].startswith("5550")
    assert someone.email.isascii()
    assert someone.email.endswith(".example")
    assert len({someone.identity(channel) for channel in ("email", "phone", "chat", "social", "web")}) == 5


def test_no_two_people_share_an_address() -> None:
    everybody = [person(1, number) for number in range(POPULATION_LIMIT)]
    for channel in ("email", "phone", "chat", "social", "web"):
        assert len({one.identity(channel) for one in everybody}) == POPULATION_LIMIT


def test_nobody_lives_beyond_the_population() -> None:
    with pytest.raises(ValueError, match="ends at"):
        person(1, POPULATION_LIMIT)


def test_agents_mostly_accept_and_sometimes_decline_or_let_an_offer_pass() -> None:
    chance = chance_for(11)
    answers = [temper(chance).answer(chance) for _ in range(20_000)]
    shares = {verdict: mean(one.verdict == verdict for one in answers) for verdict in ("accept", "decline", "ignore")}
    assert shares["accept"] > 0.95
    assert 0.015 < shares["decline"] < 0.035
    assert 0.005 < shares["ignore"] < 0.015
    assert all(one.after > 0 for one in answers)


def test_a_hold_begins_and_ends_within_the_talk() -> None:
    chance = chance_for(12)
    holds = [temper(chance).hold(chance, 100.0) for _ in range(5_000)]
    some = [hold for hold in holds if hold is not None]
    assert 0.15 < len(some) / len(holds) < 0.25
    assert all(begins > 0 and begins + length < 100.0 for begins, length in some)


def test_breaks_are_short_beside_the_work_between_them() -> None:
    chance = chance_for(13)
    for _ in range(1_000):
        work, rest = temper(chance).next_break(chance)
        assert 0 < rest < work
