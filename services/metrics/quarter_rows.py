"""What counts in quarters of an hour: contacts, tickets, presences, minutes of interactions, answers."""

from collections.abc import Callable, Collection

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.metrics.documents import contact_of, ticket_of
from services.metrics.domain.dimensions import Row
from services.metrics.domain.quarters import begins
from services.metrics.domain.ticket import Ticket
from services.metrics.interaction_documents import answer_in, minute_in
from services.metrics.presence_documents import presence_of, within_any
from services.metrics.return_rows import tell_returns
from shared.mongo import Document

_OTHERS: tuple[tuple[str, Callable[[Document], Row]], ...] = (
    ("ticket_rows", ticket_of),
    ("interaction_minutes", minute_in),
    ("answer_rows", answer_in),
)


def going_on(before: int) -> Document:
    """The query for contacts whose handling began before that quarter and goes on."""
    return {"open": True, "phase": {"$ne": None}, "since": {"$lt": begins(before)}}


async def rows_of(
    database: AsyncDatabase[Document], quarters: Collection[int], session: AsyncClientSession
) -> list[Row]:
    """Those that count in at least one of them, as they are for the session; handling that goes on counts, too. Of
    resolved tickets it is told when their customers came back.
    """
    in_them: Document = {"quarters": {"$in": list(quarters)}}
    contacts = database["contact_rows"].find({"$or": [in_them, going_on(max(quarters) + 1)]}, session=session)
    rows: list[Row] = [contact_of(document) async for document in contacts]
    for name, row_of in _OTHERS:
        rows += [row_of(document) async for document in database[name].find(in_them, session=session)]
    await tell_returns(database, [row for row in rows if isinstance(row, Ticket)], session)
    found = database["presence_rows"].find(within_any(quarters), session=session)
    return rows + [presence_of(document) async for document in found]
