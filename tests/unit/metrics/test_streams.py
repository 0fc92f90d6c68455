"""One computation for all who listen, and clients who know all figures though they are told changes only."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.board import Board
from services.metrics.domain.changes import changes, told
from services.metrics.domain.dimensions import Key
from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import Choice
from services.metrics.domain.measures import Measures
from services.metrics.domain.now import Line
from services.metrics.streams import Streams
from shared.contracts.kpis import Measurement
from shared.sse import ServerSentEvent

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUEUES = ("calls", "chats", "mails")


def measurement(offered: dict[str, int], waiting: Sequence[str] = (), second: int = 0) -> Measurement:
    """What is told when so many came to each queue and somebody waits in some since noon."""
    groups: dict[Key, Figures] = {("queue", queue): Figures() for queue in offered}
    for queue, times in offered.items():
        groups["queue", queue].sums["offered"] = times
    lines: dict[Key, Line] = {("queue", queue): Line(count=1, oldest=0) for queue in waiting}
    board = Board(groups=groups, lines=lines, moment=second * 1_000_000)
    as_of = NOW + timedelta(seconds=second)
    return Measurement(
        window="5m", definition="strict", as_of=as_of, items=tuple(board.items("queue", Measures(Choice.of())))
    )


@given(
    st.lists(
        st.tuples(st.dictionaries(st.sampled_from(QUEUES), st.integers(1, 3)), st.sets(st.sampled_from(QUEUES))),
        min_size=2,
        max_size=6,
    )
)
def test_whoever_applies_each_change_knows_what_all_figures_are(steps: list[tuple[dict[str, int], set[str]]]) -> None:
    found = [measurement(offered, sorted(waiting), second) for second, (offered, waiting) in enumerate(steps)]
    known = dict(told(found[0]))
    before = told(found[0])
    for latest in found[1:]:
        now = told(latest)
        news = changes(before, latest, now)
        known = {key: item for key, item in known.items() if dict(key) not in news.gone}
        known |= told(replace(latest, items=news.items))
        assert known == now
        assert len(news.items) + len(news.gone) == len({k for k in {**before, **now} if before.get(k) != now.get(k)})
        before = now


def test_a_wait_that_goes_on_is_no_change() -> None:
    first, later = measurement({}, ["calls"], 1), measurement({}, ["calls"], 9)
    assert (first.items[0].kpis.oldest_wait, later.items[0].kpis.oldest_wait) == (1, 9)
    news = changes(told(first), later, told(later))
    assert (news.items, news.gone) == ((), ())


def test_the_time_of_agents_that_goes_on_changes_by_steps() -> None:
    def at_second(second: int) -> Measurement:
        figures = Figures()
        figures.sums.update({"available_split": second * 1_000_000, "occupied_split": second, "idle_split": 1_000})
        board = Board(groups={("agent", "ann"): figures}, moment=0)
        items = tuple(board.items("agent", Measures(Choice.of())))
        return Measurement(window="5m", definition="strict", as_of=NOW + timedelta(seconds=second), items=items)

    now = told(at_second(100))
    seconds = [second for second in range(100, 131) if changes(now, at_second(second), told(at_second(second))).items]
    assert seconds == [*range(105, 131)]  # from 9.1 percent to 9.502, which is 10


class Figuring:
    """What is measured, and how often it was."""

    def __init__(self, now: Measurement) -> None:
        self.now = now
        self.times = 0

    async def measure(self) -> Measurement:
        self.times += 1
        return self.now


async def next_of(events: AsyncGenerator[ServerSentEvent]) -> tuple[str | None, str, dict[str, Any]]:
    event = await asyncio.wait_for(anext(events), 20)
    return event.id, event.event, orjson.loads(orjson.dumps(event.data))


async def test_who_listens_to_the_same_listens_to_one_computation_which_ends_with_the_last() -> None:
    streams, figuring = Streams(), Figuring(measurement({"calls": 1}))
    listeners = [streams.news("calls", figuring.measure, None) for _ in range(50)]
    told_first = await asyncio.gather(*map(next_of, listeners))
    assert (figuring.times, {event[0] for event in told_first}) == (1, {told_first[0][0]})
    for listener in listeners[1:]:
        await listener.aclose()
    figuring.now = measurement({"calls": 2}, second=1)
    assert (await next_of(listeners[0]))[1] == "changes"
    await listeners[0].aclose()
    measured = figuring.times
    await asyncio.sleep(1.2)
    assert figuring.times == measured


async def test_after_all_figures_come_changes_and_whoever_comes_again_gets_what_it_missed() -> None:
    figuring = Figuring(measurement({"calls": 1, "chats": 1}))
    streams = Streams()
    async with aclosing(streams.news("x", figuring.measure, None)) as one:
        first, kind, data = await next_of(one)
        assert (kind, [item["key"]["queue"] for item in data["items"]]) == ("kpis", ["calls", "chats"])
        figuring.now = measurement({"calls": 1, "mails": 1}, second=1)
        second, kind, data = await next_of(one)
        assert (kind, [item["key"]["queue"] for item in data["items"]]) == ("changes", ["mails"])
        assert data["gone"] == [{"queue": "chats"}]
        async with aclosing(streams.news("x", figuring.measure, first)) as again:
            assert await next_of(again) == (second, "changes", data)
        async with aclosing(streams.news("x", figuring.measure, "of long ago")) as stranger:
            assert (await next_of(stranger))[:2] == (second, "kpis")


async def test_whole_figures_come_anew_also_where_only_a_wait_went_on() -> None:
    figuring = Figuring(measurement({}, ["calls"], 1))
    async with aclosing(Streams().whole("x", figuring.measure, None)) as events:
        first, *_ = await next_of(events)
        figuring.now = measurement({}, ["calls"], 2)
        second, kind, data = await next_of(events)
    assert (kind, data["items"][0]["kpis"]["oldest_wait"], first != second) == ("kpis", 2, True)


async def test_a_fault_ends_those_who_listen() -> None:
    async def broken() -> Measurement:
        raise LookupError("no such figure")

    async with aclosing(Streams().whole("x", broken, None)) as events:
        with pytest.raises(LookupError, match="no such figure"):
            await next_of(events)
