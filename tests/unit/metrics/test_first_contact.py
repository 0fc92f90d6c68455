"""First contact resolution by hand: who came back, within how long, and what is not certain yet."""

from services.metrics.domain.board import Board
from services.metrics.domain.dimensions import Key
from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import Choice
from services.metrics.domain.measures import Measures
from services.metrics.domain.returns import Returns, provisional
from services.metrics.domain.ticket import Ticket
from services.metrics.domain.windows import MICROSECONDS, moment_of
from shared.contracts.tickets import TicketEvent, TicketOpened, TicketQueued, TicketReopened
from tests.unit.metrics.given import accepted, at, fold, queued, resolved

DAY = 86_400


def opened(ticket: str, when: float, *, identity: str = "i", customer: str | None = None) -> TicketEvent:
    return TicketOpened(
        ticket=ticket,
        at=at(when),
        pool="pool-a",
        conversation=f"c-{ticket}",
        channel="phone",
        identity=identity,
        customer=customer,
    )


def visit(ticket: str, begins: float, ends: float | None, *, queue: str = "sales", **of: str) -> list[TicketEvent]:
    events = [opened(ticket, begins, **of), queued(ticket, begins, queue=queue)]
    return events if ends is None else [*events, accepted(ticket, ends - 1), resolved(ticket, ends)]


def figures(*events: TicketEvent) -> Figures:
    """Of everything, whenever it was."""
    tickets = [row for row in fold(*events).rows().values() if isinstance(row, Ticket)]
    returns, total = Returns(), Figures()
    for ticket in tickets:
        returns.put(ticket)
    for ticket in tickets:
        for name, _, amount in ticket.bookings():
            total.book(name, amount)
    return total


def told(*events: TicketEvent, definition: str = "7d") -> float | None:
    return Choice.of([definition]).measure(figures(*events))["first_contact_resolution"]


FIRST = visit("first", 0, 100)


def test_the_worked_example() -> None:
    """Of four resolved tickets one was followed within 7 days, one more within 30, and two by none that counts."""
    events = [
        *visit("a", 0, 100, customer="ann"),
        *visit("a again", 3 * DAY, None, customer="ann"),
        *visit("b", 0, 100, customer="bob"),
        *visit("b again", 10 * DAY, 10 * DAY + 50, customer="bob"),
        *visit("c", 0, 100, customer="cid"),
        *visit("c elsewhere", DAY, None, queue="support", customer="cid"),
    ]
    assert told(*events) == 3 / 4
    assert told(*events, definition="30d") == 2 / 4


def test_a_ticket_of_somebody_else_is_no_return() -> None:
    assert told(*FIRST, *visit("other", DAY, None, identity="somebody else")) == 1.0


def test_a_customer_who_is_known_is_the_same_through_whatever_they_come() -> None:
    events = [
        *visit("a", 0, 100, customer="ann", identity="phone"),
        *visit("b", DAY, None, customer="ann", identity="mail"),
    ]
    assert told(*events) == 0.0


def test_a_ticket_that_was_open_at_the_resolution_is_no_return() -> None:
    assert told(*FIRST, *visit("meanwhile", 50, None)) == 1.0
    assert told(*FIRST, *visit("just then", 100, None)) == 1.0
    assert told(*FIRST, *visit("just after", 100.001, None)) == 0.0


def test_a_return_after_exactly_seven_days_counts_and_a_later_one_does_not() -> None:
    assert told(*FIRST, *visit("again", 100 + 7 * DAY, None)) == 0.0
    assert told(*FIRST, *visit("again", 100.001 + 7 * DAY, None)) == 1.0


def test_a_ticket_that_was_passed_on_counts_in_the_queue_where_it_is() -> None:
    further = [*visit("again", DAY, None), queued("again", DAY + 9, queue="support")]
    assert told(*FIRST, *further) == 1.0


def test_a_reopened_ticket_counts_at_its_last_resolution() -> None:
    again = [
        TicketReopened(ticket="first", at=at(2 * DAY), queue="sales", by="customer"),
        queued("first", 2 * DAY),
        accepted("first", 2 * DAY + 1),
        resolved("first", 2 * DAY + 50),
    ]
    found = figures(*FIRST, *visit("between", DAY, None), *again)
    assert (found.sums["resolved_known"], found.sums["returned_7d"]) == (1, 0)


def test_who_nobody_knows_is_left_out() -> None:
    unknown: TicketEvent = TicketQueued(ticket="x", at=at(0), queue="sales", channel="phone", threshold=20, short=5)
    assert told(unknown, accepted("x", 5), resolved("x", 9)) is None


def test_what_was_resolved_is_provisional_until_the_days_have_passed_unless_it_was_followed() -> None:
    found = figures(*FIRST, *visit("again", DAY, DAY + 50))
    ends = moment_of(at(2 * DAY))
    week, month = 7 * DAY * MICROSECONDS, 30 * DAY * MICROSECONDS
    assert provisional("7d", [(ends, found)], ends + week - 1) == 1
    assert provisional("7d", [(ends, found)], ends + week) == 0
    assert provisional("30d", [(ends, found)], ends + month - 1) == 1


def test_an_item_says_how_much_of_it_is_provisional_and_nothing_once_none_is() -> None:
    key: Key = ("all", "")
    board = Board(groups={key: figures(*FIRST, *visit("again", DAY, DAY + 50))}, moment=moment_of(at(2 * DAY)))
    (item,) = board.items("all", Measures(Choice.of()))
    assert item.kpis.first_contact_resolution == 0.5
    assert item.provisional == {"first_contact_resolution": 1}
    (empty,) = Board(groups={}, moment=0).items("all", Measures(Choice.of()))
    assert empty.provisional is None
