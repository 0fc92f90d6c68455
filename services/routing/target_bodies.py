"""A ticket's targets as the HTTP API shows them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator

from shared.contracts.tickets_sla import Target


class TargetShown(BaseModel):
    """A target of a ticket.

    state: running, warned (it will be missed soon), breached (it was due, and is still to be reached), paused (the
    ticket waits for somebody outside), met, or missed (it was reached too late, or never). queue: whose target and
    business hours it goes by. since: from when it counts. seconds: how long it may take. due, warn_at: while it runs.
    left_s: of the seconds, while it is paused and when it was met. reached: when. late_s: how much later than due, in
    business time.
    """

    target: Target
    state: Literal["running", "warned", "breached", "paused", "met", "missed"]
    queue: str
    since: datetime
    seconds: float
    due: datetime | None
    warn_at: datetime | None
    left_s: float | None
    reached: datetime | None
    late_s: float | None


def _listed(kept: Any) -> Any:  # noqa: ANN401 (what is kept of a ticket's targets, by name)
    if not isinstance(kept, dict):
        return kept
    return [{**one, "target": name, "state": _state(one)} for name, one in kept.items()]


def _state(kept: dict[str, Any]) -> str:
    if kept["state"] != "running":
        return str(kept["state"])
    return "breached" if kept["breached"] else "warned" if kept["warned"] else "running"


Targets = Annotated[list[TargetShown], BeforeValidator(_listed)]
