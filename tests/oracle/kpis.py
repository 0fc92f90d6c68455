"""KPIs calculated from the whole log, as plainly as possible: every stay in a queue is a row, every figure a filter.

It shares no code with services/metrics. Times stay datetimes, republished events are found by their place in the
decision log, percentiles are counted out, so a mistake made there is unlikely to be made here too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts import codec
from shared.contracts.agents import AgentEvent
from shared.contracts.codec import DecodeError
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketAbandoned, TicketAccepted, TicketEvent, TicketQueued
from shared.topics import AGENTS, TICKETS, Topic

D = TypeVar("D")
ZERO = timedelta(0)
FIGURES = (
    *("offered", "answered", "answered_in_time", "abandoned", "abandoned_short", "abandon_rate", "service_level"),
    *("average_speed_of_answer", "median_speed_of_answer", "p90_speed_of_answer", "p95_speed_of_answer"),
    *("p99_speed_of_answer", "longest_speed_of_answer", "handled", "handle_time", "talk_time", "hold_time"),
    *("wrapup_time", "average_handle_time", "average_talk_time", "average_hold_time", "average_wrapup_time"),
)
"""Those of a window; `waiting` and `oldest` are of now."""


@dataclass(kw_only=True)
class Stay:
    """One contact. how: `answered`, `abandoned`, `elsewhere`, or None while it waits."""

    queue: str
    channel: str
    entered: datetime
    threshold: timedelta
    short: timedelta
    how: str | None = None
    left: datetime | None = None
    completed: datetime | None = None
    parts: dict[str, timedelta] | None = None

    @property
    def wait(self) -> timedelta:
        assert self.left is not None
        return max(ZERO, self.left - self.entered)


def once(log: Iterable[Decided[D]]) -> list[Decided[D]]:
    """The log without what was published again."""
    return list({(event.stream, event.sequence, event.number): event for event in log}.values())


def stays(log: Iterable[Decided[TicketEvent]]) -> list[Stay]:
    """Every contact in the log. The events of one ticket come in the order in which they were decided."""
    by_ticket: dict[str, list[TicketEvent]] = {}
    for event in once(log):
        by_ticket.setdefault(event.data.ticket, []).append(event.data)
    return [stay for events in by_ticket.values() for stay in _stays_of(events)]


_ENDS_WORK = (
    "ticket.resolved",
    "ticket.queued",
    "ticket.transferred",
    "ticket.overflowed",
    "ticket.escalated",
    "ticket.pended",
    "ticket.merged",
)


def _stays_of(events: list[TicketEvent]) -> list[Stay]:
    found: list[Stay] = []
    for place, event in enumerate(events):
        if isinstance(event, TicketQueued):
            stay = Stay(
                queue=event.queue,
                channel=event.channel,
                entered=event.at,
                threshold=timedelta(seconds=event.threshold),
                short=timedelta(seconds=event.short),
            )
            _follow(stay, events[place + 1 :])
            found.append(stay)
    return found


def _follow(stay: Stay, later: Sequence[TicketEvent]) -> None:
    ends = ("ticket.accepted", "ticket.abandoned", *_ENDS_WORK)
    place = next((place for place, event in enumerate(later) if event.event in ends), None)
    if place is None:
        return
    end = later[place]
    stay.left = end.at
    stay.how = {TicketAccepted: "answered", TicketAbandoned: "abandoned"}.get(type(end), "elsewhere")
    if stay.how == "answered":
        _handle(stay, end.at, later[place + 1 :])


def _handle(stay: Stay, since: datetime, later: Sequence[TicketEvent]) -> None:
    phase, parts = "talk", {"talk": ZERO, "hold": ZERO, "wrapup": ZERO}
    phases = {"ticket.held": "hold", "ticket.resumed": "talk", "ticket.wrapup.started": "wrapup"}
    for event in later:
        ended = event.event in _ENDS_WORK
        if not ended and event.event not in phases:
            continue
        parts[phase] += max(ZERO, event.at - since)
        if ended:
            stay.completed, stay.parts = event.at, parts
            return
        phase, since = phases[event.event], event.at


def statuses(log: Iterable[Decided[AgentEvent]]) -> dict[str, int]:
    """How many agents are in each status now."""
    now: dict[str, str] = {}
    for event in once(log):
        if event.data.event == "agent.signed_in":
            now[event.data.agent] = "busy"
        if event.data.event == "agent.status.changed":
            now[event.data.agent] = event.data.status
        if event.data.event == "agent.signed_out":
            now[event.data.agent] = "offline"
    return {status: list(now.values()).count(status) for status in ("available", "busy", "break", "not_responding")}


def kpis(
    all_stays: Iterable[Stay], *, span: timedelta, as_of: datetime, definition: str = "strict", **key: str
) -> dict[str, Any]:
    """The figures of (as_of - span, as_of] for contacts of a queue=… or channel=…, or all.

    Durations are in seconds; `oldest` is the moment since which the longest-waiting contact waits.
    """
    mine = [stay for stay in all_stays if all(getattr(stay, name) == value for name, value in key.items())]

    def within(moment: datetime | None) -> bool:
        return moment is not None and as_of - span < moment <= as_of

    entered = [stay for stay in mine if within(stay.entered)]
    answered = [stay for stay in mine if stay.how == "answered" and within(stay.left)]
    abandoned = [stay for stay in mine if stay.how == "abandoned" and within(stay.left)]
    completed = [stay for stay in mine if within(stay.completed)]
    waiting = [stay for stay in mine if stay.how is None]
    in_time = [stay for stay in answered if stay.wait <= stay.threshold]
    short = [stay for stay in abandoned if stay.wait < stay.short]
    removed = [stay for stay in entered if stay.how is not None and stay.wait <= stay.threshold]
    levels = {
        "answered": (in_time, len(answered)),
        "strict": (in_time, len(answered) + len(abandoned)),
        "strict-less-short": (in_time, len(answered) + len(abandoned) - len(short)),
        "removed": (removed, len(entered)),
    }
    counted, denominator = levels[definition]
    waits = sorted(stay.wait.total_seconds() for stay in answered)
    return {
        "offered": len(entered),
        "answered": len(answered),
        "answered_in_time": len(in_time),
        "abandoned": len(abandoned),
        "abandoned_short": len(short),
        "abandon_rate": _over(len(abandoned), len(answered) + len(abandoned)),
        "service_level": _over(len(counted), denominator),
        "average_speed_of_answer": _over(sum(waits), len(waits)),
        "median_speed_of_answer": _rank(waits, 50),
        "p90_speed_of_answer": _rank(waits, 90),
        "p95_speed_of_answer": _rank(waits, 95),
        "p99_speed_of_answer": _rank(waits, 99),
        "longest_speed_of_answer": max(waits, default=None),
        "waiting": len(waiting),
        "oldest": min((stay.entered for stay in waiting), default=None),
        **_handle_times(completed),
    }


def estimated_wait(all_stays: Iterable[Stay], as_of: datetime, queue: str) -> float | None:
    """Seconds that whoever comes next to the queue will wait, at the pace of the last half hour."""
    mine = [stay for stay in all_stays if stay.queue == queue]
    lately = as_of - timedelta(minutes=30)
    answered = [one for one in mine if one.how == "answered" and one.left is not None and lately < one.left <= as_of]
    before = [one for one in mine if one.how is None]
    if not answered:
        return None
    between = timedelta(minutes=30).total_seconds() / len(answered)
    return between * (len(before) + 1) if before else 0.0


def _handle_times(completed: list[Stay]) -> dict[str, Any]:
    sums = {
        part: sum(stay.parts[part].total_seconds() for stay in completed if stay.parts)
        for part in ("talk", "hold", "wrapup")
    }
    sums["handle"] = sum(sums.values())
    times = {f"{part}_time": seconds for part, seconds in sums.items()}
    means = {f"average_{part}_time": _over(seconds, len(completed)) for part, seconds in sums.items()}
    return {"handled": len(completed), **times, **means}


def _over(part: float, whole: int) -> float | None:
    return None if whole == 0 else part / whole


def _rank(ordered: list[float], percent: int) -> float | None:
    """The first value that at least `percent` of all values do not exceed."""
    for place, value in enumerate(ordered, start=1):
        if place * 100 >= percent * len(ordered):
            return value
    return None


async def read_tickets(bootstrap: str, namespace: str) -> list[Decided[TicketEvent]]:
    """All of hub.tickets.v1 up to now, partition by partition; records that no model accepts are left out."""
    values = await read_values(bootstrap, namespace, TICKETS)
    return [event for event in codec.tickets.decode_all(values) if not isinstance(event, DecodeError)]


async def read_agents(bootstrap: str, namespace: str) -> list[Decided[AgentEvent]]:
    """All of hub.agents.v1 up to now, partition by partition; records that no model accepts are left out."""
    values = await read_values(bootstrap, namespace, AGENTS)
    return [event for event in codec.agents.decode_all(values) if not isinstance(event, DecodeError)]


async def read_values(bootstrap: str, namespace: str, topic: Topic) -> list[bytes]:
    """All records of the topic up to now, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.within(namespace), number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        read: dict[TopicPartition, list[bytes]] = {tp: [] for tp in partitions}
        while any([await consumer.position(tp) < ends[tp] for tp in partitions]):
            for tp, records in (await consumer.getmany(*partitions, timeout_ms=200)).items():
                read[tp] += [record.value or b"" for record in records if record.offset < ends[tp]]
        return [value for values in read.values() for value in values]
    finally:
        await consumer.stop()
