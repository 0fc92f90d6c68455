"""Customers who came back, found among all tickets there are, whichever partition they lie in.

    a ticket is stored ──► changed_openings (in that transaction) ──► who sums looks for the tickets resolved before it
                                                                      and marks the quarters in which those count

An opening and an earlier resolution may be stored at the same time by two owners, neither of whom sees the other's. The
one who sums sees both: if the resolution was not there yet when the opening was looked at, then its own quarter is
marked by its own transaction, and summed after that.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import DESCENDING
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.returns import LONGEST_RETURN
from services.metrics.domain.runs import Mark
from services.metrics.domain.ticket import Ticket
from shared.mongo import Document


async def tell_returns(
    database: AsyncDatabase[Document], tickets: Iterable[Ticket], session: AsyncClientSession | None = None
) -> None:
    """Tells each resolved ticket when its customer first came back."""
    asked = {one.ticket: one for one in tickets if one.resolved is not None and one.customer is not None}
    names = list(asked)
    for place in range(0, len(names), _AT_ONCE):
        pipeline = [{"$match": {"_id": {"$in": names[place : place + _AT_ONCE]}}}, *_FIRST_RETURN]
        async for found in await database["ticket_rows"].aggregate(pipeline, session=session):
            asked[found["_id"]].returned = found["further"]["opened"]


async def quarters_followed(
    database: AsyncDatabase[Document], openings: Iterable[Mapping[str, Any]], session: AsyncClientSession
) -> list[Mark]:
    """The quarters in which tickets count that these openings are, or were, the first to follow."""
    tickets = database["ticket_rows"]
    found: list[Mark] = []
    for opening in openings:
        theirs, at = {"customer": opening["customer"], "queue": opening["queue"]}, opening["opened"]
        last = [("opened", DESCENDING)]
        before = await tickets.find_one({**theirs, "opened": {"$lt": at}}, {"opened": 1}, sort=last, session=session)
        since = max(before["opened"] if before else 0, at - LONGEST_RETURN)
        resolved = {**theirs, "resolved": {"$gte": since, "$lt": at}}
        async for ticket in tickets.find(resolved, {"resolved": 1}, session=session):
            quarter = quarter_of(ticket["resolved"])
            found.append(Mark(quarter=quarter, until=quarter, causes=opening["causes"]))
    return found


_AT_ONCE = 1_000

_FIRST_RETURN: list[Document] = [
    {
        "$lookup": {
            "from": "ticket_rows",
            "let": {"customer": "$customer", "queue": "$queue", "resolved": "$resolved"},
            "pipeline": [
                {
                    "$match": {
                        "$expr": {
                            "$and": [
                                {"$eq": ["$customer", "$$customer"]},
                                {"$eq": ["$queue", "$$queue"]},
                                {"$gt": ["$opened", "$$resolved"]},
                                {"$lte": ["$opened", {"$add": ["$$resolved", LONGEST_RETURN]}]},
                            ]
                        }
                    }
                },
                {"$sort": {"opened": 1}},
                {"$limit": 1},
                {"$project": {"opened": 1}},
            ],
            "as": "further",
        }
    },
    {"$unwind": "$further"},
    {"$project": {"further": 1}},
]
"""For each ticket, the first one after it, if there is one."""
