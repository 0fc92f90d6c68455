"""Time in each status and occupancy, calculated from the whole log, as plainly as possible.

It shares no code with services/metrics. Of each agent there is a list of what it did from when until when. A window is
cut wherever any of that begins or ends, and each piece is looked at by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from tests.oracle.kpis import once

FIGURES = ("signed_in_time", "available_time", "busy_time", "break_time", "not_responding_time", "occupancy")
_SIGNED_IN = ("available", "busy", "break", "not_responding")
_FOR_EVER = datetime(9999, 1, 1)  # noqa: DTZ001 (all times are compared in UTC, without saying so)
_ENDS = (
    *("ticket.resolved", "ticket.queued", "ticket.transferred", "ticket.overflowed", "ticket.escalated"),
    *("ticket.pended", "ticket.merged"),
)
_TURNS = {
    "ticket.held": ("hold", ("talk",)),
    "ticket.resumed": ("talk", ("hold",)),
    "ticket.wrapup.started": ("wrapup", ("talk", "hold")),
}
"""Which phase begins, and which it may follow."""


@dataclass(kw_only=True)
class Spell:
    """An agent in a status."""

    agent: str
    pool: str | None
    status: str
    capacity: int
    begin: datetime
    end: datetime


@dataclass(kw_only=True)
class Work:
    """An agent with a contact. units: None for all the agent has."""

    agent: str
    pool: str | None
    units: int | None
    begin: datetime
    end: datetime


def spells(log: Iterable[Decided[AgentEvent]]) -> list[Spell]:
    """The events of one agent come in the order in which they were decided."""
    found: list[Spell] = []
    of: dict[str, Spell] = {}
    for envelope in sorted(once(log), key=lambda event: (event.stream, event.sequence, event.number)):
        event: Any = envelope.data
        if event.event == "agent.skills.changed":
            continue
        before = of.get(event.agent)
        spell = Spell(
            agent=event.agent,
            pool=before.pool if before else None,
            status={"agent.signed_in": "busy", "agent.signed_out": "offline"}.get(event.event, ""),
            capacity=before.capacity if before else 8,
            begin=event.at.replace(tzinfo=None),
            end=_FOR_EVER,
        )
        if event.event == "agent.signed_in":
            spell.pool = event.pool
        if event.event == "agent.status.changed":
            spell.status, spell.capacity = event.status, event.capacity or spell.capacity
        if before:
            spell.begin = max(spell.begin, before.begin)
            before.end = spell.begin
        of[event.agent] = spell
        found.append(spell)
    return found


def works(log: Iterable[Decided[TicketEvent]]) -> list[Work]:
    """Each part of handling by itself. The events of one ticket come in the order in which they were decided."""
    by_ticket: dict[str, list[Any]] = {}
    for envelope in sorted(once(log), key=lambda event: (event.stream, event.sequence, event.number)):
        by_ticket.setdefault(envelope.data.ticket, []).append(envelope.data)
    found: list[Work] = []
    for events in by_ticket.values():
        pool = next((event.pool for event in events if event.event == "ticket.opened"), None)
        phase, work = "nothing", None
        for event in events:
            at = event.at.replace(tzinfo=None)
            after, may_follow = _TURNS.get(event.event, ("", ()))
            if work and (event.event in _ENDS or phase in may_follow):
                work.end = max(at, work.begin)
            if event.event in _ENDS:
                phase, work = ("waits" if event.event == "ticket.queued" else "nothing"), None
            elif event.event == "ticket.abandoned":
                phase = "nothing" if phase == "waits" else phase
            elif event.event == "ticket.accepted" and phase == "waits":
                phase = "talk"
                work = Work(agent=event.agent, pool=pool, units=event.units, begin=at, end=_FOR_EVER)
                found.append(work)
            elif work and phase in may_follow:
                phase = after
                work = Work(agent=work.agent, pool=pool, units=work.units, begin=at, end=_FOR_EVER)
                found.append(work)
    return found


def kpis(
    all_spells: Sequence[Spell],
    all_works: Sequence[Work],
    *,
    span: timedelta,
    as_of: datetime,
    agent: str | None = None,
    pool: str | None = None,
) -> dict[str, Any]:
    """The figures of (as_of - span, as_of] of an agent, a pool, or all; `weighted` is the other occupancy."""
    end = as_of.astimezone(UTC).replace(tzinfo=None)
    begin = end - span
    spent = dict.fromkeys((*_SIGNED_IN, "occupied", "idle", "in_use", "capacity"), 0.0)
    for who in {row.agent for row in all_spells} | {row.agent for row in all_works}:
        if agent in (None, who):
            mine = [row for row in all_spells if row.agent == who and row.begin < end and row.end > begin]
            work = [row for row in all_works if row.agent == who and row.begin < end and row.end > begin]
            _add(spent, mine, work, begin, end, pool)
    signed_in = sum(spent[status] for status in _SIGNED_IN)
    times = {f"{status}_time": spent[status] if signed_in else None for status in _SIGNED_IN}
    occupied, capacity = spent["occupied"] + spent["idle"], spent["capacity"]
    return {
        **times,
        "signed_in_time": signed_in or None,
        "occupancy": spent["occupied"] / occupied if occupied else None,
        "weighted": spent["in_use"] / capacity if capacity else None,
    }


def _add(
    spent: dict[str, float],
    mine: Sequence[Spell],
    work: Sequence[Work],
    begin: datetime,
    end: datetime,
    pool: str | None,
) -> None:
    cuts = {begin, end}
    for since, until in [(one.begin, one.end) for one in mine] + [(one.begin, one.end) for one in work]:
        cuts |= {at for at in (since, until) if begin < at < end}
    ordered = sorted(cuts)
    for since, until in pairwise(ordered):
        seconds = (until - since).total_seconds()
        spell = next((one for one in mine if one.begin <= since and until <= one.end), None)
        busy_with = [one for one in work if one.begin <= since and until <= one.end]
        counted = [one for one in busy_with if pool in (None, one.pool)]
        has = spell.capacity if spell else 8
        of_pool = spell is not None and pool in (None, spell.pool)
        if spell and of_pool and spell.status != "offline":
            spent[spell.status] += seconds
        if counted:
            spent["occupied"] += seconds
            units = [has if one.units is None else one.units for one in counted]
            spent["in_use"] += min(has, sum(units)) * seconds
            spent["capacity"] += has * seconds
        elif spell and of_pool and spell.status == "available" and not busy_with:
            spent["idle"] += seconds
            spent["capacity"] += has * seconds
