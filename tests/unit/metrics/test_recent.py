"""Windows go on being right while what is older than all of them is let go."""

import pytest

from services.metrics.domain.dimensions import ALL
from services.metrics.domain.interaction import Answer
from services.metrics.domain.recent import Recent
from services.metrics.domain.windows import LONGEST, MICROSECONDS, SPANS

_FORGET_SECONDS = 60
_LATEST = 2 * LONGEST + 600


def answer(second: int) -> Answer:
    return Answer(at=second * MICROSECONDS, event=f"e{second}", channel="chat", score=4, best=5)


@pytest.mark.parametrize("every", [1, 30, 600, 4_000])
def test_what_is_let_go_is_in_no_window_however_seldom_it_is_asked_for(every: int) -> None:
    recent = Recent(0)
    for now in range(1, _LATEST + 1):
        recent.put(f"e{now}", answer(now))
        floor = now - LONGEST
        if floor >= recent.floor + _FORGET_SECONDS:
            recent.forget(floor)
        if now % every == 0 or now == _LATEST:
            told = {span: recent.window(span, now)[ALL].sums["satisfaction_answers"] for span in SPANS.values()}
            assert told == {span: min(span, now) for span in SPANS.values()}


def test_nothing_is_left_of_what_was_let_go() -> None:
    recent = Recent(0)
    recent.put("e1", answer(1))
    assert recent.window(LONGEST, 1)[ALL].sums["satisfaction_answers"] == 1
    recent.forget(61)
    assert dict(recent.window(LONGEST, 61 + LONGEST)) == {}
