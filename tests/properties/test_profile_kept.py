"""What is kept of the linking is enough: put together again it knows, and decides, the same."""

from random import Random

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.profile.domain.kept import KeptClaims
from services.profile.domain.known import Known
from tests.properties.test_profile_known import Telling


@given(seed=st.integers(min_value=0, max_value=1_000_000), steps=st.integers(min_value=1, max_value=40))
def test_a_state_taken_apart_and_put_together_is_the_same(seed: int, steps: int) -> None:
    said, again = Telling(Random(seed)), Telling(Random(seed))
    for number in range(steps):
        said.say(number)
        again.say(number)
        if number % 3 == 0:
            said.tell()
            again.tell()
        again.state = kept(again.state)
        assert plain(again.state) == plain(said.state)


@given(seed=st.integers(min_value=0, max_value=1_000_000))
def test_what_is_decided_while_the_rows_are_read_is_not_in_them(seed: int) -> None:
    said = Telling(Random(seed))
    for number in range(20):
        said.say(number)
    before = plain(kept(said.state))
    rows = KeptClaims().rows(said.state)
    for number in range(20, 40):
        said.say(number)
    assert plain(KeptClaims().state(rows)) == before


def kept(state: Known) -> Known:
    """Through JSON, as in the database."""
    keeper = KeptClaims()
    return keeper.state(orjson.loads(orjson.dumps(list(keeper.rows(state)))))


def plain(state: Known) -> dict[str, object]:
    """Everything in the state, without what is empty: nothing is asked of that."""
    return {
        name: {key: value for key, value in getattr(state, name).items() if value or value is None}
        for name in Known.__slots__
    }
