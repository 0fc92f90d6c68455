"""Which events an erasure covers: what happened or was taken in by then, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shared.erasure import is_erased
from shared.keyring import Key

ERASED = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
BEFORE, AFTER = ERASED - timedelta(milliseconds=1), ERASED + timedelta(milliseconds=1)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis adds the zone)


@pytest.mark.parametrize(
    ("time", "recordedtime", "erased"),
    [
        (BEFORE, BEFORE, True),
        (BEFORE, AFTER, True),
        (AFTER, BEFORE, True),
        (ERASED, AFTER, True),
        (AFTER, ERASED, True),
        (AFTER, AFTER, False),
    ],
)
def test_only_what_happened_and_was_taken_in_afterwards_is_of_a_new_person(
    time: datetime, recordedtime: datetime, *, erased: bool
) -> None:
    assert is_erased(ERASED, time, recordedtime) is erased
    assert Key(AESGCM(bytes(32)), ERASED).is_readable(time, recordedtime) is not erased


@given(erased=moments, later=moments, time=moments, recordedtime=moments)
def test_a_later_erasure_covers_whatever_an_earlier_one_does(
    erased: datetime, later: datetime, time: datetime, recordedtime: datetime
) -> None:
    if later >= erased and is_erased(erased, time, recordedtime):
        assert is_erased(later, time, recordedtime)


@given(time=moments, recordedtime=moments)
def test_what_was_never_erased_is_readable_whenever_it_happened(time: datetime, recordedtime: datetime) -> None:
    assert Key(AESGCM(bytes(32))).is_readable(time, recordedtime)
