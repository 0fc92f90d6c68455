"""Stored documents of earlier versions, told as today's."""

from typing import Any

from services.routing.domain.configuration import ALL, BEST, DEFAULT_UNITS, LEAST
from shared.mongo import Document


def event_today(event: Any) -> Any:  # noqa: ANN401 (whatever is in the log)
    """An event of the decision log."""
    match event:
        case {"event": "pool.configured", "settings": settings}:
            return {**event, "settings": pool_today(settings)}
        case {"event": "queue.configured", "settings": settings}:
            return {**event, "settings": queue_today(settings)}
        case {"event": "agent.configured", "settings": settings}:
            return {**event, "settings": agent_today(settings)}
        case _:
            return event


def pool_today(pool: Document) -> Document:
    """What is configured of a pool: channels had limits of their own before agents had units."""
    channels = {name: _channel_today(channel) for name, channel in pool["channels"].items()}
    return {**pool, "channels": channels}


def queue_today(queue: Document) -> Document:
    """What is configured of a queue: skills had no levels before."""
    return {**queue, "skills": levels(queue["skills"], LEAST)}


def agent_today(agent: Document) -> Document:
    """What is configured of an agent: skills had no levels before."""
    return {**agent, "skills": levels(agent["skills"], BEST)}


def levels(skills: Any, level: int) -> Any:  # noqa: ANN401 (a list of names, or what has levels already)
    """Skills with levels: those that are only named get this one."""
    return dict.fromkeys(skills, level) if isinstance(skills, list | tuple) else skills


def _channel_today(channel: Document) -> Document:
    if "limit" not in channel:
        return channel
    units = ALL if channel["exclusive"] else max(1, DEFAULT_UNITS // max(1, channel["limit"]))
    return {"units": units, "interrupted_by": ["phone"] if channel["interruptible"] else []}
