"""The figures as gauges: which series there are, and which go."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY, Gauge
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from services.metrics.exposition import OTHERS, WINDOWS, Exposition
from shared import metrics
from shared.contracts.kpis import KpiItem, Kpis, KpiWindow, Measurement, TargetState
from tests.unit.metrics.nothing import NOTHING


class Told:
    """Figures that the test says, in each window the same."""

    def __init__(self) -> None:
        self.queues: dict[str, KpiItem] = {}
        self.agents: dict[Any, int] = {"available": 2, "busy": 1}
        self.occupancy: float | None = 0.65
        self.asked: list[str] = []
        self.fault: Exception | None = None

    def say(self, queue: str, target: float | None = None, **figures: float) -> None:
        state = None if target is None else TargetState(service_level=target)
        self.queues[queue] = KpiItem(key={"queue": queue}, kpis=kpis(**figures), target=state)

    async def measure(self, window: KpiWindow) -> Measurement:
        self.asked.append(window)
        await asyncio.sleep(0)
        if self.fault:
            raise self.fault
        everything = KpiItem(key={}, kpis=kpis(agents=self.agents, occupancy=self.occupancy))
        return Measurement(
            window=window,
            definition="strict",
            as_of=datetime(2026, 1, 1, tzinfo=UTC),
            items=(everything, *self.queues.values()),
        )


def kpis(**figures: Any) -> Kpis:  # noqa: ANN401 (of many types)
    return Kpis(**{name: getattr(NOTHING, name) for name in Kpis.__slots__} | figures)


@pytest.fixture
def told() -> Iterator[Told]:
    yield Told()
    for gauge in vars(metrics).values():
        if isinstance(gauge, Gauge):
            gauge.clear()


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_a_queues_figures_are_told_for_now_and_by_window(told: Told) -> None:
    told.say("sales", waiting=3, oldest_wait=41.5, offered=9, service_level=0.375, average_speed_of_answer=18.8)
    await Exposition(told.measure).freshen()
    assert value("hub_contacts_waiting", queue="sales") == 3
    assert value("hub_oldest_wait_seconds", queue="sales") == 41.5
    for window in WINDOWS:
        assert value("hub_contacts_offered", queue="sales", window=window) == 9
        assert value("hub_service_level_ratio", queue="sales", window=window) == 0.375
        assert value("hub_average_speed_of_answer_seconds", queue="sales", window=window) == 18.8
    assert (value("hub_agents", status="available"), value("hub_agents", status="busy")) == (2, 1)
    assert (value("hub_occupancy_ratio", window="5m"), value("hub_occupancy_ratio", window="1h")) == (0.65, None)


async def test_a_ratio_or_mean_of_nothing_is_not_told_any_more(told: Told) -> None:
    exposition = Exposition(told.measure, keeps=0)
    told.say("sales", answered=1, abandon_rate=0.0, average_handle_time=60.0)
    await exposition.freshen()
    assert value("hub_abandon_ratio", queue="sales", window="5m") == 0
    told.say("sales")
    await exposition.freshen()
    assert value("hub_contacts_answered", queue="sales", window="5m") == 0
    for name in ("hub_abandon_ratio", "hub_service_level_ratio", "hub_average_handle_time_seconds"):
        assert value(name, queue="sales", window="5m") is None


async def test_a_queue_that_has_become_quiet_is_told_with_zeros(told: Told) -> None:
    exposition = Exposition(told.measure, keeps=0)
    told.say("sales", target=0.8, waiting=1, oldest_wait=5.0)
    await exposition.freshen()
    assert value("hub_service_level_target_ratio", queue="sales") == 0.8
    told.queues.clear()
    await exposition.freshen()
    assert value("hub_contacts_waiting", queue="sales") == value("hub_oldest_wait_seconds", queue="sales") == 0
    assert value("hub_contacts_offered", queue="sales", window="15m") == 0
    assert value("hub_service_level_target_ratio", queue="sales") is None


async def test_queues_beyond_the_limit_are_counted_together_and_have_no_ratio(told: Told) -> None:
    exposition = Exposition(told.measure, most_queues=2, keeps=0)
    told.say("b", offered=1)
    told.say("c", offered=2)
    await exposition.freshen()
    assert value("hub_contacts_offered", queue=OTHERS, window="5m") is None
    told.say("a", offered=10, waiting=1, oldest_wait=30.0, abandon_rate=0.5, target=0.9)
    told.say("d", offered=20, waiting=2, oldest_wait=70.0, abandon_rate=0.7)
    await exposition.freshen()
    offered = {queue: value("hub_contacts_offered", queue=queue, window="5m") for queue in (*"abcd", OTHERS)}
    assert offered == {"a": None, "b": 1, "c": 2, "d": None, OTHERS: 30}
    assert value("hub_contacts_waiting", queue=OTHERS) == 3
    assert value("hub_oldest_wait_seconds", queue=OTHERS) == 70
    assert value("hub_abandon_ratio", queue=OTHERS, window="5m") is None
    assert value("hub_service_level_target_ratio", queue=OTHERS) is None


async def test_many_who_ask_at_once_cause_one_calculation(told: Told) -> None:
    exposition = Exposition(told.measure)
    await asyncio.gather(*(exposition.freshen() for _ in range(20)))
    assert told.asked == list(WINDOWS)


@pytest.mark.parametrize(
    "fault", [ServerSelectionTimeoutError("no server"), OperationFailure("no snapshot", 246), TimeoutError()]
)
async def test_figures_that_cannot_be_read_are_not_told_until_they_can(told: Told, fault: Exception) -> None:
    exposition = Exposition(told.measure, keeps=0)
    told.say("sales", waiting=3)
    await exposition.freshen()
    unread = value("hub_figures_unread_total") or 0
    told.fault = fault
    await exposition.freshen()
    assert value("hub_contacts_waiting", queue="sales") is None
    assert value("hub_agents", status="busy") is None
    assert value("hub_figures_unread_total") == unread + 1
    told.fault = None
    await exposition.freshen()
    assert value("hub_contacts_waiting", queue="sales") == 3


async def test_interactions_are_told_by_channel_and_direction_and_go_on_while_it_is_quiet(told: Told) -> None:
    exposition = Exposition(told.measure, keeps=0)
    chat = KpiItem(key={"channel": "chat"}, kpis=kpis(interactions=5, interactions_inbound=3, interactions_outbound=2))
    told.queues["chat"] = chat
    await exposition.freshen()
    counts = {"inbound": 3, "outbound": 2, "internal": 0}
    for direction, count in counts.items():
        assert value("hub_interactions", channel="chat", direction=direction, window="5m") == count
    del told.queues["chat"]
    await exposition.freshen()
    assert value("hub_interactions", channel="chat", direction="inbound", window="5m") == 0


async def test_satisfaction_is_told_by_queue_where_somebody_answered(told: Told) -> None:
    told.say("sales", satisfaction=0.75, satisfaction_answers=4)
    told.say("support")
    await Exposition(told.measure).freshen()
    assert value("hub_satisfaction_ratio", queue="sales", window="5m") == 0.75
    assert value("hub_survey_answers", queue="sales", window="5m") == 4
    assert value("hub_satisfaction_ratio", queue="support", window="5m") is None
    assert value("hub_survey_answers", queue="support", window="5m") == 0
