"""The HTTP API of targets."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.metrics.live import Live
from services.metrics.targets import Targets
from services.metrics.targets_bodies import QueueTargetsShown, TargetList, TargetsWanted
from shared.auth import allow
from shared.contracts.values import Name

_readers = Depends(allow("supervisor", "ops", "agent"))
_writers = Depends(allow("supervisor"))


def target_routes(live: Callable[[], Live], targets: Targets) -> APIRouter:
    """The routes under /v1/targets."""
    router = APIRouter(prefix="/v1/targets")

    @router.get("", dependencies=[_readers], summary="Every queue's target")
    async def get_targets() -> TargetList:
        stored = await targets.with_rules()
        return TargetList(items=[QueueTargetsShown.of(queue, target) for queue, target in stored.items()])

    @router.put("", dependencies=[_writers], summary="Set the targets of all queues")
    async def put_targets(wanted: TargetList) -> TargetList:
        """Queues that are not named have no target afterwards."""
        await targets.replace({item.queue: item.targets() for item in wanted.items})
        live().forget()
        return await get_targets()

    @router.put("/{queue}", dependencies=[_writers], summary="Set one queue's target")
    async def put_target(queue: Annotated[Name, Path()], wanted: TargetsWanted) -> QueueTargetsShown:
        """The queue `*` stands for everything together. Rules that are not named are gone afterwards."""
        await targets.put(queue, wanted.targets())
        live().forget()
        return QueueTargetsShown.of(queue, wanted.targets())

    return router
