"""Which times and which JSON the hub takes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ingest.domain.json_limits import MAX_DEPTH, unkeepable
from services.ingest.domain.moments import time_of_arrival, time_of_report, wrong_time

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def nested(levels: int) -> Any:  # noqa: ANN401 (a JSON value)
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=5), -timedelta(days=3650)])
def test_a_time_between_2000_and_five_minutes_from_now_is_possible(ahead: timedelta) -> None:
    assert wrong_time(NOW + ahead, NOW) is None


@pytest.mark.parametrize(
    ("time", "why"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "2000-01-01"),
        (NOW + timedelta(minutes=5, seconds=1), "future"),
        (datetime.fromisoformat("0001-01-01T00:00:00+14:00"), "2000-01-01"),
        (datetime.fromisoformat("9999-12-31T23:59:59-14:00"), "future"),
    ],
)
def test_other_times_are_refused_with_the_reason(time: datetime, why: str) -> None:
    assert why in (wrong_time(time, NOW) or "")


def test_a_mail_from_the_past_happened_when_it_says() -> None:
    assert time_of_arrival(NOW - timedelta(days=2), NOW) == NOW - timedelta(days=2)


@pytest.mark.parametrize("claimed", [None, datetime(1970, 1, 1, tzinfo=UTC), NOW + timedelta(seconds=1)])
def test_a_mail_with_an_impossible_time_happened_when_it_arrived(claimed: datetime | None) -> None:
    assert time_of_arrival(claimed, NOW) == NOW


def test_a_report_in_whole_seconds_does_not_come_before_what_it_follows() -> None:
    arrived = NOW + timedelta(milliseconds=900)

    assert time_of_report(NOW, arrived) == arrived


def test_a_report_that_was_delayed_happened_when_it_says() -> None:
    assert time_of_report(NOW - timedelta(minutes=3), NOW) == NOW - timedelta(minutes=3)


@pytest.mark.parametrize(
    "value", [None, True, 0, -(2**63), 2**63 - 1, 1.5, "", "a\0b", "😀", {"": {"$a.b": None}}, nested(MAX_DEPTH)]
)
def test_json_that_everything_downstream_holds_is_kept(value: Any) -> None:  # noqa: ANN401 (a JSON value)
    assert unkeepable(value) is None


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (nested(MAX_DEPTH + 1), "deeper"),
        ({"a": {"b\0": 1}}, "NUL"),
        ([2**63], "64 bits"),
        ([-(2**63) - 1], "64 bits"),
        ({"a": float("inf")}, "finite"),
        ([float("nan")], "finite"),
    ],
)
def test_json_that_would_change_on_its_way_is_refused(value: Any, why: str) -> None:  # noqa: ANN401 (a JSON value)
    assert why in (unkeepable(value) or "")
