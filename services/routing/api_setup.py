"""The configuration's HTTP API: pools, calendars, queues, skills, agents. Every change is a decision of the pool."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from services.routing.answers import REFUSALS, ask
from services.routing.bodies import (
    AgentShown,
    AgentWanted,
    CalendarAt,
    CalendarShown,
    CalendarWanted,
    Cursor,
    Limit,
    Page,
    PathId,
    PoolShown,
    QueueShown,
    QueueWanted,
    S,
    SkillShown,
    SkillWanted,
    settings_of,
    shown,
)
from services.routing.commands import SKILLS
from services.routing.domain.commands import (
    ConfigureAgent,
    ConfigureCalendar,
    ConfigurePool,
    ConfigureQueue,
    ConfigureSkill,
)
from services.routing.domain.configuration import AgentSettings, PoolSettings
from services.routing.domain.dead_rules import killed_by
from services.routing.domain.hours import CalendarSettings, faults
from services.routing.domain.overflow import overflow_loop
from services.routing.domain.refusals import goes_round
from services.routing.domain.rules import KnownQueue
from services.routing.requests import Requests
from services.routing.store import Store
from services.routing.views import View
from shared.auth import Principal, allow, now_utc
from shared.problems import Problem

_readers = Depends(allow("agent", "supervisor"))
_supervisors = Depends(allow("supervisor"))
_admins = Depends(allow())
Who = Annotated[Principal, Depends(allow("agent", "supervisor"))]


def setup_routes(store: Store, requests: Requests) -> APIRouter:
    """/v1/pools, /v1/calendars, /v1/queues, /v1/skills and /v1/agents."""
    router = APIRouter(prefix="/v1")
    _skills(router, store, requests)
    _pools(router, store, requests)
    _calendars(router, store, requests)
    _queues(router, store, requests)
    _agents(router, store, requests)
    return router


def _skills(router: APIRouter, store: Store, requests: Requests) -> None:
    @router.get("/skills", tags=["skills"], dependencies=[_readers], summary="Skills by id")
    async def get_skills(cursor: Cursor = None, limit: Limit = 100) -> Page[SkillShown]:
        return await _page(store, "skills", SkillShown, cursor, limit)

    @router.get("/skills/{skill}", tags=["skills"], dependencies=[_readers], responses=REFUSALS, summary="One skill")
    async def get_skill(skill: PathId) -> SkillShown:
        return await _one(store, "skills", SkillShown, skill)

    @router.put("/skills/{skill}", tags=["skills"], dependencies=[_admins], summary="Make or rename a skill")
    async def put_skill(skill: PathId, wanted: SkillWanted) -> SkillShown:
        """Skills are the same in every pool."""
        await ask(requests, SKILLS, ConfigureSkill(skill=skill, name=wanted.name))
        return await _one(store, "skills", SkillShown, skill)


def _pools(router: APIRouter, store: Store, requests: Requests) -> None:
    @router.get("/pools", tags=["pools"], dependencies=[_readers], summary="Pools by id")
    async def get_pools(cursor: Cursor = None, limit: Limit = 100) -> Page[PoolShown]:
        return await _page(store, "pools", PoolShown, cursor, limit)

    @router.get("/pools/{pool}", tags=["pools"], dependencies=[_readers], responses=REFUSALS, summary="One pool")
    async def get_pool(pool: PathId) -> PoolShown:
        return await _one(store, "pools", PoolShown, pool)

    @router.put("/pools/{pool}", tags=["pools"], dependencies=[_admins], summary="Make or change a pool")
    async def put_pool(pool: PathId, wanted: PoolSettings) -> PoolShown:
        await ask(requests, pool, ConfigurePool(settings=wanted))
        return await _one(store, "pools", PoolShown, pool)


def _calendars(router: APIRouter, store: Store, requests: Requests) -> None:
    @router.get("/calendars", tags=["calendars"], dependencies=[_readers], summary="Calendars by id")
    async def get_calendars(cursor: Cursor = None, limit: Limit = 100) -> Page[CalendarShown]:
        return await _page(store, "calendars", CalendarShown, cursor, limit)

    @router.get(
        "/calendars/{calendar}",
        tags=["calendars"],
        dependencies=[_readers],
        responses=REFUSALS,
        summary="One calendar, and whether it is open",
    )
    async def get_calendar(calendar: PathId, at: Annotated[AwareDatetime | None, Query()] = None) -> CalendarAt:
        """Whether it is open now, or at another moment (`at`), and until when."""
        known = await _one(store, "calendars", CalendarShown, calendar)
        hours = CalendarSettings(**known.model_dump(exclude={"id", "pool"})).calendar
        moment = at or now_utc()
        is_open = hours.is_open(moment)
        until = hours.next_closing(moment) if is_open else hours.next_opening(moment)
        return CalendarAt(**known.model_dump(), at=moment, open=is_open, until=until)

    @router.put(
        "/calendars/{calendar}",
        tags=["calendars"],
        dependencies=[_admins],
        responses=REFUSALS,
        summary="Make or change a calendar",
    )
    async def put_calendar(calendar: PathId, wanted: CalendarWanted) -> CalendarShown:
        """It holds at once for the queues that name it. A calendar stays in its pool."""
        await _stays(store, "calendars", calendar, wanted.pool)
        settings = settings_of(CalendarSettings, wanted)
        if wrong := faults(settings):
            errors = [{"field": f"body.{fault.place}", "reason": fault.reason} for fault in wrong]
            raise Problem(422, "There can be no such calendar; see errors for each place.", errors=errors)
        await ask(requests, wanted.pool, ConfigureCalendar(calendar=calendar, settings=settings))
        return await _one(store, "calendars", CalendarShown, calendar)


def _queues(router: APIRouter, store: Store, requests: Requests) -> None:
    @router.get("/queues", tags=["queues"], dependencies=[_readers], summary="Queues by id")
    async def get_queues(cursor: Cursor = None, limit: Limit = 100) -> Page[QueueShown]:
        return await _page(store, "queues", QueueShown, cursor, limit)

    @router.get("/queues/{queue}", tags=["queues"], dependencies=[_readers], responses=REFUSALS, summary="One queue")
    async def get_queue(queue: PathId) -> QueueShown:
        return await _one(store, "queues", QueueShown, queue)

    @router.put(
        "/queues/{queue}", tags=["queues"], dependencies=[_admins], responses=REFUSALS, summary="Make or change a queue"
    )
    async def put_queue(queue: PathId, wanted: QueueWanted) -> QueueShown:
        """New skills and thresholds hold for tickets that come from now on. A queue stays in its pool. A rule that
        would never decide is refused, as is one because of which another queue's rule never would.
        """
        await _stays(store, "queues", queue, wanted.pool)
        settings = wanted.settings
        needed = {*settings.skills, *(skill for rule in settings.rules for skill in rule.skills)}
        await _skills_exist(store, sorted(needed))
        known = KnownQueue(id=queue, pool=wanted.pool, settings=settings)
        await _rules_decide(store, known)
        await _others_take_it(store, known)
        await ask(requests, wanted.pool, ConfigureQueue(queue=queue, settings=settings))
        return await _one(store, "queues", QueueShown, queue)


def _agents(router: APIRouter, store: Store, requests: Requests) -> None:
    @router.get("/agents", tags=["agents"], dependencies=[_supervisors], summary="Agents by id")
    async def get_agents(
        pool: str | None = None, team: str | None = None, cursor: Cursor = None, limit: Limit = 100
    ) -> Page[AgentShown]:
        match = {name: value for name, value in (("pool", pool), ("team", team)) if value}
        return await _page(store, "agents", AgentShown, cursor, limit, match)

    @router.get("/agents/{agent}", tags=["agents"], responses=REFUSALS, summary="One agent")
    async def get_agent(who: Who, agent: PathId) -> AgentShown:
        """An agent sees itself, a supervisor everybody."""
        if who.role == "agent" and who.subject != agent:
            raise Problem(403, f"{who.subject} may see only itself here, not {agent}.")
        return await _one(store, "agents", AgentShown, agent)

    @router.put(
        "/agents/{agent}", tags=["agents"], dependencies=[_admins], responses=REFUSALS, summary="Add or change an agent"
    )
    async def put_agent(agent: PathId, wanted: AgentWanted) -> AgentShown:
        """The id is the subject of the agent's tokens. An agent stays in its pool."""
        await _stays(store, "agents", agent, wanted.pool)
        await _skills_exist(store, wanted.skills)
        settings = settings_of(AgentSettings, wanted)
        await ask(requests, wanted.pool, ConfigureAgent(agent=agent, settings=settings))
        return await _one(store, "agents", AgentShown, agent)


async def _page(
    store: Store, view: View, kind: type[S], cursor: str | None, limit: int, match: dict[str, Any] | None = None
) -> Page[S]:
    found = await store.views.page(view, cursor, limit, match or {})
    return Page(items=[shown(kind, one) for one in found], next=found[-1]["_id"] if len(found) == limit else None)


async def _one(store: Store, view: View, kind: type[S], name: str) -> S:
    found = await store.views.find(view, name)
    if found is None:
        raise Problem(404, f"There is no {view[:-1]} {name}.")
    return shown(kind, found)


async def _stays(store: Store, view: View, name: str, pool: str) -> None:
    known = await store.views.find(view, name)
    if known is not None and known["pool"] != pool:
        raise Problem(409, f"The {view[:-1]} {name} belongs to pool {known['pool']} and cannot move. Use another id.")


async def _skills_exist(store: Store, skills: Iterable[str]) -> None:
    for skill in skills:
        if await store.views.find("skills", skill) is None:
            raise Problem(409, f"There is no skill {skill}. Make it first: PUT /v1/skills/{skill}.")


async def _rules_decide(store: Store, queue: KnownQueue) -> None:
    dead = killed_by(queue, await store.views.queues())
    if dead:
        reasons = " ".join(f"Rule {one.number} of {one.queue} would never decide: {one.reason}." for one in dead)
        raise Problem(409, f"{reasons} Change the rules, or the ranks of the queues.")


async def _others_take_it(store: Store, queue: KnownQueue) -> None:
    """Problem 409 if the queue sends contacts to a queue that another pool has not, or round through other pools."""
    steps = [step for step in queue.settings.overflow if step.pool not in (None, queue.pool)]
    if not steps:
        return
    known = {one.id: one for one in await store.views.queues()}
    for step in steps:
        if step.to not in known or known[step.to].pool != step.pool:
            raise Problem(409, f"The pool {step.pool} has no queue {step.to}. Make it first: PUT /v1/queues/{step.to}.")
    if path := overflow_loop({**{name: one.settings for name, one in known.items()}, queue.id: queue.settings}):
        raise Problem(409, goes_round(path).detail)
