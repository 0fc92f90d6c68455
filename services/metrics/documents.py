"""How the figures and the state of a partition stand in MongoDB documents.

partitions  {_id: "tickets.3", next, seen: […], waiting: […], owner}   or   {_id: "agents.1", next, seen: […],
            agents: […], statuses: {…}}
contacts    {_id: ticket, partition, state, …}: the open contacts, as the fold needs them to carry on
minutes     {_id: {minute, partition, queue, channel}, revision, seconds: {"17": {offered: 2, …, waits: […]}}}:
            second 17 of a minute is the interval (16, 17]; durations are in microseconds
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import UpdateOne

from services.metrics.domain.agents import Agents, by_status
from services.metrics.domain.board import Minute
from services.metrics.domain.contacts import Contact, Handling, Waiting
from services.metrics.domain.figures import COUNTERS, Cells, Figures
from services.metrics.domain.fold import AgentFold, Seen, TicketFold
from services.metrics.domain.lines import Line
from services.metrics.domain.windows import MICROSECONDS, minute_of, moment_of, time_of
from shared.mongo import Document


def contact_document(contact: Contact) -> Document:
    """The fields of an open contact, without its `_id`."""
    match contact:
        case Waiting():
            return {
                "state": "waiting",
                "queue": contact.queue,
                "channel": contact.channel,
                "entered": contact.entered,
                "threshold": contact.threshold,
                "short": contact.short,
            }
        case Handling():
            return {
                "state": contact.phase,
                "queue": contact.queue,
                "channel": contact.channel,
                "since": contact.since,
                "talk": contact.talk,
                "hold": contact.hold,
                "wrapup": contact.wrapup,
            }


def contact_of(document: Mapping[str, Any]) -> Contact:
    """The open contact that a document holds."""
    if document["state"] == "waiting":
        return Waiting(
            queue=document["queue"],
            channel=document["channel"],
            entered=document["entered"],
            threshold=document["threshold"],
            short=document["short"],
        )
    return Handling(
        queue=document["queue"],
        channel=document["channel"],
        phase=document["state"],
        since=document["since"],
        talk=document["talk"],
        hold=document["hold"],
        wrapup=document["wrapup"],
    )


def ticket_fields(state: TicketFold) -> Document:
    """What a partition of tickets keeps beside its open contacts."""
    return {
        "seen": _seen_list(state.seen),
        "waiting": [
            {"queue": line.queue, "channel": line.channel, "count": line.count, "oldest": line.oldest}
            for line in state.lines.now()
        ],
    }


def ticket_fold_of(partition: Document, contacts: Iterable[Document]) -> TicketFold:
    """The state that a partition's document and those of its open contacts hold."""
    state = TicketFold(seen=_seen_of(partition))
    for document in contacts:
        state.restore(document["_id"], contact_of(document))
    return state


def agent_fields(state: AgentFold) -> Document:
    """What a partition of agents keeps."""
    return {
        "seen": _seen_list(state.seen),
        "agents": [{"agent": agent, "status": status} for agent, status in state.agents.items()],
        "statuses": by_status(state.agents.values()),
    }


def agent_fold_of(partition: Document) -> AgentFold:
    """The state that a partition's document holds."""
    agents: Agents = {item["agent"]: item["status"] for item in partition["agents"]}
    return AgentFold(seen=_seen_of(partition), agents=agents)


def lines_of(partition: Document) -> list[Line]:
    """Who waits in a partition of tickets."""
    return [Line(**line) for line in partition["waiting"]]


def minute_updates(partition: int, revision: int, cells: Cells) -> list[UpdateOne]:
    """The updates that add a batch's sums to their minutes, one a document. revision: the partition's next offset."""
    by_minute: dict[tuple[int, str, str], Document] = {}
    for (second, queue, channel), figures in cells.items():
        begins = minute_of(second)
        update = by_minute.setdefault((begins, queue, channel), {"$set": {"revision": revision}, "$inc": {}})
        place = f"seconds.{second - begins}"
        update["$inc"] |= {f"{place}.{name}": count for name in COUNTERS if (count := getattr(figures, name))}
        if figures.waits:
            update.setdefault("$push", {})[f"{place}.waits"] = {"$each": figures.waits}
    return [
        UpdateOne(
            {"_id": _minute_id(begins) | {"partition": partition, "queue": queue, "channel": channel}}, update, True
        )
        for (begins, queue, channel), update in by_minute.items()
    ]


def changed_minutes(begins: int, since: Mapping[int, int]) -> Document:
    """The query for minute documents from the minute `begins` on that changed since an offset, by partition.

    The index on `_id` answers it: documents compare by their first field first, so `_id` is in the order of minutes.
    """
    moved = [{"_id.partition": partition, "revision": {"$gt": offset}} for partition, offset in since.items()]
    return {"_id": {"$gte": _minute_id(begins)}, "$or": moved}


MinuteKey = tuple[int, int, str, str]
"""A minute document's identity: begin of the minute (seconds since 1970), partition, queue, channel."""


def minute_of_document(document: Document) -> tuple[MinuteKey, Minute]:
    """The figures of a minute document, and its key."""
    key = document["_id"]
    begins = moment_of(key["minute"]) // MICROSECONDS
    seconds = {begins + int(second): Figures(**sums) for second, sums in document["seconds"].items()}
    minute = Minute(begins=begins, queue=key["queue"], channel=key["channel"], seconds=seconds)
    return (begins, key["partition"], key["queue"], key["channel"]), minute


def _minute_id(begins: int) -> Document:
    return {"minute": time_of(begins * MICROSECONDS)}


def _seen_list(seen: Seen) -> list[Document]:
    return [{"stream": stream, "sequence": place[0], "number": place[1]} for stream, place in seen.items()]


def _seen_of(partition: Document) -> Seen:
    return {item["stream"]: (item["sequence"], item["number"]) for item in partition["seen"]}
