"""Where each rule's figure stands, with the deviations that were not told yet: one document a rule.

alert_states  {_id: rule's key, revision, queue, rule, level, warning_since, critical_since, alert, number, untold: […]}

State and deviation are one write, guarded by `revision`: whoever evaluates on top of an older state is refused. So a
process that takes over from one that was killed at any moment neither repeats a deviation nor forgets one.

    Superseded  (another process evaluated meanwhile: load again, then evaluate again)
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.metrics.domain.alerting import RuleState
from services.metrics.domain.rules import QueueRule
from shared.contracts.kpi_deviations import Deviation
from shared.contracts.targets import TargetRule
from shared.mongo import Document

_STATE = tuple(field.name for field in fields(RuleState))


class Superseded(Exception):
    """Another process evaluated this rule meanwhile."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Another process evaluated {key}; load the states again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A rule's state as it is stored. revision: 0 if it is not."""

    watched: QueueRule
    state: RuleState
    revision: int


class AlertStates:
    """Collection `alert_states`."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._states = database["alert_states"]

    async def all(self) -> dict[str, Stored]:
        """Every rule's state by the rule's key."""
        return {document["_id"]: _stored_of(document) async for document in self._states.find({}, {"untold": 0})}

    async def put(self, stored: Stored, state: RuleState, deviation: Deviation | None) -> Stored:
        """Stores the next state together with its deviation; Superseded if `stored` is not what is there now."""
        watched, revision = stored.watched, stored.revision + 1
        fresh = {"revision": revision, "queue": watched.queue, "rule": asdict(watched.rule), **asdict(state)}
        untold = [asdict(deviation)] if deviation else []
        if stored.revision == 0:
            try:
                await self._states.insert_one({"_id": watched.key, **fresh, "untold": untold})
            except DuplicateKeyError as error:
                raise Superseded(watched.key) from error
        else:
            update: dict[str, Any] = {"$set": fresh, "$push": {"untold": {"$each": untold}}}
            found = await self._states.update_one({"_id": watched.key, "revision": stored.revision}, update)
            if found.matched_count == 0:
                raise Superseded(watched.key)
        return Stored(watched=watched, state=state, revision=revision)

    async def untold(self) -> list[tuple[str, Deviation]]:
        """Deviations that were not told yet, each rule's in their order, with the rule's key."""
        found = self._states.find({"untold.0": {"$exists": True}}, {"untold": 1})
        return [(document["_id"], deviation_of(one)) async for document in found for one in document["untold"]]

    async def told(self, key: str, deviations: Sequence[Deviation]) -> None:
        """Forgets deviations that were told."""
        places = [{"alert": deviation.alert, "number": deviation.number} for deviation in deviations]
        await self._states.update_one({"_id": key}, {"$pull": {"untold": {"$or": places}}})


def deviation_of(document: Document) -> Deviation:
    """A deviation as it stands in a document."""
    return Deviation(**document | {"rule": TargetRule(**document["rule"])})


def _stored_of(document: Document) -> Stored:
    return Stored(
        watched=QueueRule(queue=document["queue"], rule=TargetRule(**document["rule"])),
        state=RuleState(**{name: document[name] for name in _STATE}),
        revision=document["revision"],
    )
