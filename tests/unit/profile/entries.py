"""Timeline documents as tests write them: what happened, at which minute, with what content and facts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.profile.domain.tickets import OPENED
from services.profile.domain.timeline import PARTS, Entry
from tests.sealed_events import MOMENT

ANN = "a" * 32


def entry(
    kind: str,
    minute: float = 0,
    content: Mapping[str, Any] | None = None,
    *,
    ref: str | None = "r-1",
    own_id: str | None = None,
    identity: str = ANN,
    direction: str = "inbound",
    conversation: str = "c-1",
    channel: str = "chat",
    recorded: float | None = None,
    **facts: Any,  # noqa: ANN401 (any JSON value)
) -> Entry:
    """The document of `hub.<kind>.v1`; its id is its kind and minute unless one is given."""
    event_type = f"hub.{kind}.v1"
    made: Entry = {
        "_id": own_id or f"{kind}@{minute:05}",
        "identity": identity,
        "at": MOMENT + timedelta(minutes=minute),
        "recorded": MOMENT + timedelta(minutes=minute if recorded is None else recorded),
        "type": event_type,
        "channel": channel,
        "direction": direction,
        "conversation": conversation,
        "content": dict(content or {}),
        "facts": facts,
    }
    if ref is not None:
        made["ref"] = ref
        if event_type in PARTS or (kind.startswith("ticket.") and event_type != OPENED):
            made["part"] = True
    return made


def ticket_event(kind: str, sequence: int, minute: float = 0, **facts: Any) -> Entry:  # noqa: ANN401 (any JSON value)
    """The document of a ticket's event, decided in the stream `pool`."""
    made = entry(f"ticket.{kind}", minute, ref="t-1", direction="internal", ticket="t-1", **facts)
    made["_id"] = f"ticket.{kind}#{sequence}"
    made["decided"] = {"stream": "pool", "sequence": sequence, "number": 0}
    return made
