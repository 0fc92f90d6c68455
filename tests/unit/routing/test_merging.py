"""Tickets are linked, and become part of each other."""

import pytest

from services.routing.domain.commands import (
    EndContact,
    Ended,
    HoldTicket,
    OpenTicket,
    PendTicket,
    ResolveTicket,
    SetStatus,
)
from services.routing.domain.commands_annotating import LinkTicket, UnlinkTicket
from services.routing.domain.commands_merging import MergeTicket
from services.routing.domain.configuration import QueueConfigured, QueueSettings
from services.routing.views import fold
from shared.contracts.tickets_links import TicketLinked, TicketMerged, TicketUnlinked
from tests.properties.routing_kept import put_together, taken_apart
from tests.unit.routing.scenario import (
    EIGHT,
    available,
    configured,
    contact,
    done,
    given,
    offered,
    open_ticket,
    opened,
    second,
    when,
    word,
)
from tests.unit.routing.test_views import log

Command = OpenTicket | EndContact | PendTicket | ResolveTicket | HoldTicket | MergeTicket | LinkTicket | SetStatus


def merged(ticket: str, into: str, at: float, name: str | None = None, queue: str = "sales") -> TicketMerged:
    return TicketMerged(ticket=ticket, at=second(at), queue=queue, into=into, by="sue", agent=name)


def by_sue(ticket: str, into: str) -> MergeTicket:
    return MergeTicket(ticket=ticket, into=into, by="sue")


def message(ticket: str, at: float) -> OpenTicket:
    """Something more is said on the conversation of a ticket."""
    return open_ticket(f"after {ticket}", happened=at, channel="email", conversation=f"of {ticket}")


# links


def test_a_ticket_is_linked_to_another_in_one_way_at_a_time() -> None:
    pool = given(opened("t1", 1))
    first = TicketLinked(ticket="t1", at=second(2), to="t7", relation="related", by="sue")
    assert done(pool, LinkTicket(ticket="t1", by="sue", to="t7", relation="related"), at=2) == [first]
    assert done(pool, LinkTicket(ticket="t1", by="sue", to="t7", relation="related"), at=3) == []
    again = TicketLinked(ticket="t1", at=second(4), to="t7", relation="caused_by", by="sue")
    assert done(pool, LinkTicket(ticket="t1", by="sue", to="t7", relation="caused_by"), at=4) == [again]
    gone = TicketUnlinked(ticket="t1", at=second(5), to="t7", by="sue")
    assert when(pool, UnlinkTicket(ticket="t1", by="sue", to="t7"), at=5) == (gone,)
    assert when(pool, UnlinkTicket(ticket="t1", by="sue", to="t8"), at=5) == ()
    life = log(configured(), opened("t1", 1), first, again)
    assert fold({}, life)[("tickets", "t1")]["links"] == [{"ticket": "t7", "relation": "caused_by"}]
    assert fold({}, [*life, *log([], [], [], [], gone)[4:]])[("tickets", "t1")]["links"] == []


def test_a_link_to_itself_or_one_too_many_is_refused() -> None:
    links = [TicketLinked(ticket="t1", at=second(2), to=f"o{n}", relation="related", by="sue") for n in range(50)]
    pool = given(available("ann"), opened("t1", 1), *links)
    assert word(when(pool, LinkTicket(ticket="t1", by="sue", to="t1", relation="related"), at=5)) == "same_ticket"
    assert word(when(pool, LinkTicket(ticket="t1", by="sue", to="t2", relation="related"), at=5)) == "too_many_links"
    assert len(done(pool, LinkTicket(ticket="t1", by="sue", to="o3", relation="duplicate"), at=5)) == 1
    by_ann = LinkTicket(ticket="t1", by="ann", agent="ann", to="t2", relation="related")
    assert word(when(pool, by_ann, at=5)) == "not_theirs"


# merges


def test_whoever_had_the_merged_ticket_gets_the_next() -> None:
    pool = given(
        available("ann", limits={"email": 1}),
        contact("t1", "ann", 1, channel="email"),
        opened("t2", 2, channel="email"),
        opened("t3", 3, channel="email"),
    )
    assert done(pool, by_sue("t1", "t3"), at=9) == [merged("t1", "t3", 9, name="ann"), offered("t2", "ann", 9)]
    assert set(pool.agents["ann"].hand) == {"t2"}
    assert pool.agents["ann"].idle_since == second(9)


def test_an_offer_of_what_is_merged_is_over() -> None:
    pool = given(
        available("ann"), opened("t1", 1, channel="chat"), offered("t1", "ann", 1), opened("t2", 2, queue="mail")
    )
    assert done(pool, by_sue("t1", "t2"), at=9)[0] == merged("t1", "t2", 9, name="ann")
    assert "t1" not in pool.agents["ann"].hand
    assert "t1" not in dict(pool.index.deadlines.keys())


def test_what_is_said_on_its_conversation_goes_to_the_one_that_stays() -> None:
    keeps = QueueConfigured(pool="main", queue="sales", at=EIGHT, settings=QueueSettings(name="Sales", reopen_s=600))
    pool = given(
        keeps, opened("t1", 1, channel="email"), available("ann", at=2), contact("t2", "ann", 3, channel="email")
    )
    done(pool, by_sue("t1", "t2"), at=9)
    assert done(pool, message("t1", 10), at=10) == []
    done(pool, PendTicket(ticket="t2", agent="ann", on="customer"), at=11)
    woken = done(pool, message("t1", 12), at=12)
    assert [(event.event, getattr(event, "ticket", "")) for event in woken] == [
        ("ticket.queued", "t2"),
        ("ticket.offered", "t2"),
    ]


def test_a_merge_of_what_was_merged_into_takes_all_conversations_along_also_over_a_restart() -> None:
    pool = given(*(opened(f"t{number}", number, channel="email") for number in (1, 2, 3)))
    done(pool, by_sue("t1", "t2"), at=9)
    done(pool, by_sue("t2", "t3"), at=9)
    for one in (pool, put_together(taken_apart(pool))):
        assert one.index.conversations == {"of t1": "t3", "of t2": "t3", "of t3": "t3"}


def test_when_the_one_that_stays_is_closed_a_message_opens_a_new_ticket() -> None:
    pool = given(opened("t1", 1, channel="email"), available("ann", at=2), contact("t2", "ann", 3, channel="email"))
    done(pool, by_sue("t1", "t2"), at=9)
    done(pool, ResolveTicket(ticket="t2", agent="ann"), at=10)
    assert pool.index.conversations == {}
    assert done(pool, message("t1", 12), at=12)[0].event == "ticket.opened"


def test_the_end_of_a_merged_conversation_does_not_end_the_contact_of_the_one_that_stays() -> None:
    pool = given(opened("t1", 1, channel="chat"), available("ann", at=2), contact("t2", "ann", 3, channel="chat"))
    done(pool, by_sue("t1", "t2"), at=9)
    left = Ended(at=second(10), reason="left")
    assert done(pool, EndContact(conversation="of t1", ended=left), at=10) == []
    assert [event.event for event in done(pool, EndContact(conversation="of t2", ended=left), at=10)] == [
        "ticket.wrapup.started"
    ]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (by_sue("t1", "t1"), "same_ticket"),
        (by_sue("t1", "t9"), "not_open"),
        (by_sue("t9", "t1"), "not_open"),
        (by_sue("t1", "gone"), "not_open"),
        (by_sue("call", "t1"), "call_goes_on"),
        (by_sue("talk", "t1"), "call_goes_on"),
        (by_sue("t1", "done"), "wrong_phase"),
        (by_sue("done", "t1"), "wrong_phase"),
        (MergeTicket(ticket="t1", into="t2", by="ann", agent="ann"), "not_theirs"),
    ],
)
def test_what_cannot_become_one_is_refused_with_the_reason(command: MergeTicket, why: str) -> None:
    keeps = QueueConfigured(pool="main", queue="mail", at=EIGHT, settings=QueueSettings(name="Mail", reopen_s=600))
    pool = given(
        keeps,
        available("bob"),
        contact("done", "bob", 1, channel="email", queue="mail"),
        contact("talk", "bob", 2),
        opened("t1", 3, channel="email"),
        opened("t2", 3, channel="email"),
        opened("gone", 4, channel="email"),
        opened("call", 4),
        available("ann", at=5, skills=()),
    )
    done(pool, ResolveTicket(ticket="done", agent="bob"), at=6)
    done(pool, by_sue("gone", "t2"), at=7)
    assert word(when(pool, command, at=9)) == why


def test_a_message_left_in_a_merged_call_does_not_end_the_contact_of_the_one_that_stays() -> None:
    pool = given(available("ann"), contact("t1", "ann", at=1), opened("t2", at=2, channel="email"))
    done(pool, EndContact(conversation="of t1", ended=Ended(at=second(3), reason="hung_up")), at=3)
    done(pool, by_sue("t1", into="t2"), at=4)
    assert pool.tickets["t2"].phase == "offered"
    left = open_ticket("t3", happened=5, channel="voicemail", conversation="of t1")
    assert when(pool, left, at=5) == ()


def test_a_call_that_is_over_becomes_part_of_another_ticket_and_its_agent_may_do_that() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), opened("t2", 2, channel="email"))
    done(pool, EndContact(conversation="of t1", ended=Ended(at=second(5), reason="hung_up")), at=5)
    events = done(pool, MergeTicket(ticket="t1", into="t2", by="ann", agent="ann", forced=True), at=9)
    assert events[0] == TicketMerged(
        ticket="t1", at=second(9), queue="sales", into="t2", by="ann", agent="ann", forced=True
    )


def test_both_tickets_show_the_merge() -> None:
    life = log(
        configured(),
        available("ann"),
        [*opened("t1", 1), offered("t1", "ann", 1)],
        opened("t2", 2),
        merged("t1", "t2", 9, name="ann"),
    )
    shown = fold({}, life)
    gone = shown[("tickets", "t1")]
    assert (gone["state"], gone["merged_into"], gone["agent"], gone["closed"]) == ("merged", "t2", None, second(9))
    assert (shown[("tickets", "t2")]["state"], shown[("tickets", "t2")]["merged"]) == ("waiting", ["t1"])
    assert shown[("agents", "ann")]["tickets"] == []
    assert fold(shown, life) == {}
