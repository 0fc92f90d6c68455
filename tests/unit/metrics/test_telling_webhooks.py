"""What webhooks are told: signatures, when a delivery is tried again, and what an Alertmanager is posted."""

import base64
from datetime import timedelta

import pytest

from services.metrics.domain.alertmanager import Origin, posted_alerts
from services.metrics.domain.retrying import KEEP_TRYING, next_attempt
from services.metrics.domain.signing import NoSecret, secret_bytes, signed_headers
from tests.unit.metrics.rules_given import NOON, history, reading, rule

ORIGIN = Origin(namespace="hub", url="http://metrics.example")
EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_signature_is_the_one_of_the_standards_own_example() -> None:
    """The example of the Standard Webhooks specification; standardwebhooks 1.1.0 signs it so too."""
    body = b'{"test": 2432232314}'
    headers = signed_headers(secret_bytes(EXAMPLE), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def _encoded(count: int) -> str:
    return "whsec_" + base64.b64encode(bytes(count)).decode()


@pytest.mark.parametrize("secret", ["", "secret", "whsec_", "whsec_äö", "whsec_a", _encoded(23), _encoded(65)])
def test_what_is_no_secret_is_refused_with_how_to_make_one(secret: str) -> None:
    with pytest.raises(NoSecret, match="openssl rand"):
        secret_bytes(secret)


@pytest.mark.parametrize("count", [24, 64])
def test_a_secret_has_24_to_64_bytes(count: int) -> None:
    assert secret_bytes(_encoded(count)) == bytes(count)


@pytest.mark.parametrize(("attempts", "pause"), [(1, 5), (2, 10), (3, 20), (10, 2_560), (11, 3_600), (500, 3_600)])
def test_pauses_double_up_to_an_hour_and_are_spread(attempts: int, pause: float) -> None:
    at_once = next_attempt(NOON, attempts, NOON, 0)
    late = next_attempt(NOON, attempts, NOON, 1)
    assert (at_once, late) == (NOON + timedelta(seconds=pause / 2), NOON + timedelta(seconds=pause))


def test_a_delivery_is_given_up_after_a_day_and_tried_once_more_then() -> None:
    last = NOON + KEEP_TRYING
    assert next_attempt(NOON, 30, last - timedelta(minutes=1), 0) == last
    assert next_attempt(NOON, 31, last, 0) is None


def test_an_open_alert_is_believed_for_four_minutes() -> None:
    _, deviations = history(rule(), reading(0, 0.7))
    (posted,) = posted_alerts(deviations, NOON + timedelta(seconds=30), ORIGIN)
    assert posted == {
        "labels": {
            "alertname": "KpiTargetMissed",
            "namespace": "hub",
            "queue": "sales",
            "kpi": "service_level",
            "window": "15m",
            "definition": "strict",
            "severity": "warning",
        },
        "annotations": {
            "summary": "service_level of sales in 15m is 0.7; warning unless at least 0.8",
            "alert": "alert-0",
        },
        "startsAt": "2026-11-21T12:00:00+00:00",
        "endsAt": "2026-11-21T12:04:30+00:00",
        "generatorURL": "http://metrics.example/v1/alerts/alert-0",
    }


def test_what_gets_worse_ends_one_severity_and_begins_another() -> None:
    _, deviations = history(rule(), reading(0, 0.7), reading(10, 0.5))
    posted = posted_alerts(deviations, NOON + timedelta(seconds=60), ORIGIN)
    assert [(one["labels"]["severity"], one["startsAt"][14:19], one["endsAt"][14:19]) for one in posted] == [
        ("warning", "00:00", "00:10"),
        ("critical", "00:10", "05:00"),
    ]


def test_no_end_is_ahead_of_the_clock() -> None:
    """Alertmanager would take the alert for one that goes on (seen with 0.25)."""
    _, deviations = history(rule(), reading(0, 0.7), reading(10, 0.9))
    (posted,) = posted_alerts(deviations, NOON + timedelta(seconds=9), ORIGIN)
    assert posted["endsAt"] == "2026-11-21T12:00:09+00:00"


def test_an_alert_that_has_ended_ends_in_all_its_severities_whenever_it_is_told() -> None:
    _, deviations = history(rule(), reading(0, 0.7), reading(10, 0.5), reading(20, 0.7), reading(30, 0.9))
    for later in (30, 3_000):
        posted = posted_alerts(deviations, NOON + timedelta(seconds=later), ORIGIN)
        spans = {one["labels"]["severity"]: (one["startsAt"][14:19], one["endsAt"][14:19]) for one in posted}
        assert spans == {"critical": ("00:10", "00:20"), "warning": ("00:20", "00:30")}
