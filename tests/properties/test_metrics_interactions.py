"""However interactions and answers become known, volumes and satisfaction equal an independent calculation."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.dimensions import ALL, Dimension, Key
from services.metrics.domain.figures import Figures
from services.metrics.domain.history import figures_of
from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import begins
from services.metrics.domain.recent import Recent
from services.metrics.domain.windows import end_of, time_of
from shared.contracts.interactions import SealedInteraction
from tests.oracle import interactions as oracle
from tests.oracle.comparing import assert_same_figures
from tests.spoken_events import outgoing, some
from tests.unit.metrics.kept_interactions import Kept

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
KEYS: tuple[Key, ...] = (
    ALL,
    *(("channel", channel) for channel in ("chat", "email", "web")),
    ("queue", "sales"),
    *(("agent", agent) for agent in ("ann", "bob")),
)
_ANSWERED: tuple[Dimension, ...] = ("queue", "agent")

histories = st.builds(
    lambda seed, count, offsets: some(
        Random(seed), count, [START + timedelta(milliseconds=offset) for offset in offsets]
    ),
    st.integers(0, 10_000),
    st.integers(1, 60),
    st.lists(
        st.one_of(st.sampled_from((0, 1, 999, 1_000, 60_000, 899_999, 900_000)), st.integers(0, 4_000_000)),
        min_size=1,
        max_size=12,
    ),
)
"""Events of an hour or so, many at the same moments: full seconds, minutes and quarters are met often."""


def calculated(
    log: Sequence[SealedInteraction], key: Key, span: timedelta, as_of: datetime, definition: str
) -> dict[str, float | None]:
    dimension, value = key
    everything = oracle.said(outgoing(event).value for event in log)
    if dimension in _ANSWERED:
        everything = [one for one in everything if one.score is not None]
    of_key = {} if key == ALL else {dimension: value}
    return oracle.figures(everything, span=span, as_of=as_of, definition=definition, **of_key)


def told(figures: Figures | None, definition: str) -> dict[str, float | None]:
    measured = Choice.of([definition]).measure(figures or Figures())
    return {name: measured[name] for name in oracle.FIGURES}


@settings(deadline=None)
@given(
    log=histories,
    batch=st.sampled_from((1, 3, 50)),
    partitions=st.sampled_from((1, 3)),
    span=st.sampled_from((60, 300, 900, 3_600)),
    shift=st.integers(0, 4_000),
    definition=st.sampled_from(("mean", "top-two")),
)
def test_windows_equal_the_independent_calculation_at_every_moment(
    log: list[SealedInteraction], batch: int, partitions: int, span: int, shift: int, definition: str
) -> None:
    kept, recent = Kept(partitions), Recent(0)
    ends = end_of(START + timedelta(seconds=shift))
    for place in range(0, len(log), batch):
        for name, row in kept.take(log[place : place + batch]).items():
            recent.put(name, row)
        ends += 1
        groups = recent.window(span, ends)
        for key in KEYS:
            expected = calculated(
                log[: place + batch], key, timedelta(seconds=span), time_of(ends * 1_000_000), definition
            )
            assert_same_figures(told(groups.get(key), definition), expected)


@settings(deadline=None)
@given(log=histories, seed=st.integers(0, 10_000), batch=st.sampled_from((1, 7, 50)), partitions=st.integers(1, 4))
def test_neither_order_nor_repetition_nor_partitions_make_a_difference(
    log: list[SealedInteraction], seed: int, batch: int, partitions: int
) -> None:
    straight, otherwise = Kept(1), Kept(partitions)
    straight.take(log)
    shuffled = [*log, *Random(seed).sample(log, len(log) // 2)]
    Random(seed).shuffle(shuffled)
    for place in range(0, len(shuffled), batch):
        otherwise.take(shuffled[place : place + batch])
    assert straight.known == otherwise.known
    assert straight.figures() == otherwise.figures()
    assert {quarter for quarter, _ in straight.figures()} <= straight.quarters & otherwise.quarters


@settings(deadline=None)
@given(log=histories, definition=st.sampled_from(("mean", "top-two")))
def test_figures_of_quarters_equal_the_independent_calculation(log: list[SealedInteraction], definition: str) -> None:
    kept = Kept(2)
    kept.take(log)
    for quarter in kept.quarters:
        groups = figures_of(quarter, kept.rows.values())
        for key in KEYS:
            expected = calculated(log, key, timedelta(minutes=15), time_of(begins(quarter + 1)), definition)
            assert_same_figures(told(groups.get(key), definition), expected)
