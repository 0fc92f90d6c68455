"""What a ticket's view and the API show of its targets."""

from typing import Any

from pydantic import TypeAdapter

from services.routing.domain.targets import TargetSettings
from services.routing.target_bodies import Targets
from services.routing.views import fold
from shared.decisions import Entry
from shared.mongo import Document
from tests.unit.routing.desk import HOUR, Desk, local

_shown: TypeAdapter[Any] = TypeAdapter(Targets)


def document(desk: Desk) -> Document:
    """The ticket's view, from the pool's log."""
    events = tuple(("a command", event) for event in desk.log)
    entry = Entry(stream="routing/main", sequence=1, position=1, at=desk.now, outcomes=(), events=events)
    return fold({}, [entry])[("tickets", "t1")]


def shown(desk: Desk) -> tuple[dict[str, str], list[str]]:
    """The state of each target by its name, and the words under which the ticket is found."""
    targets = _shown.validate_python(document(desk)["targets"])
    return {one.target: one.state for one in targets}, document(desk)["sla"]


def both() -> Desk:
    return Desk(TargetSettings(first_response_s=4 * HOUR, resolution_s=10 * HOUR, warn_percent=50))


def test_a_ticket_is_found_while_a_target_is_still_to_be_reached() -> None:
    desk = both()
    desk.customer_writes("Mon 09:00")
    assert shown(desk) == ({"first_response": "running", "resolution": "running"}, [])
    desk.wait_until("Mon 11:00")
    assert shown(desk) == ({"first_response": "warned", "resolution": "running"}, ["warned"])
    desk.wait_until("Mon 14:00")
    assert shown(desk) == ({"first_response": "breached", "resolution": "warned"}, ["warned", "breached"])
    desk.agent_writes("Mon 15:00")
    assert shown(desk) == ({"first_response": "missed", "resolution": "warned"}, ["warned"])
    desk.ann_takes_it("Mon 15:00")
    desk.ann_waits_for_the_customer("Mon 15:00")
    assert shown(desk) == ({"first_response": "missed", "resolution": "paused"}, ["warned"])
    desk.ann_goes_on("Mon 15:10")
    desk.ann_resolves_it("Mon 15:20")
    assert shown(desk) == ({"first_response": "missed", "resolution": "met"}, [])
    desk.sue_reopens_it("Tue 15:20")
    assert shown(desk) == ({"first_response": "missed", "resolution": "warned"}, ["warned"])


def test_a_breach_that_is_taken_back_is_met() -> None:
    desk = both()
    desk.customer_writes("Mon 09:00")
    desk.agent_writes("Mon 14:00", happened="Mon 10:00")
    assert shown(desk) == ({"first_response": "met", "resolution": "warned"}, ["warned"])


def test_what_nobody_waits_for_any_more_is_shown_only_if_it_was_breached() -> None:
    desk = both()
    desk.customer_writes("Mon 09:00")
    desk.sue_passes_it_on("night", "Mon 10:00")
    assert shown(desk) == ({}, [])
    late = Desk(TargetSettings(first_response_s=HOUR, next_response_s=HOUR))
    late.customer_writes("Mon 09:00", channel="chat")
    late.ann_takes_it("Mon 09:10")
    late.customer_writes("Mon 09:20", channel="chat")
    late.wait_until("Mon 11:00")
    late.customer_leaves("Mon 11:00")
    assert shown(late) == ({"first_response": "met", "next_response": "missed"}, [])


def test_a_new_exchange_begins_without_the_marks_of_the_last() -> None:
    desk = Desk(TargetSettings(next_response_s=HOUR))
    desk.customer_writes("Mon 09:00")
    desk.agent_writes("Mon 09:10")
    desk.customer_writes("Mon 09:20")
    desk.agent_writes("Mon 11:00")
    desk.customer_writes("Mon 11:10")
    assert shown(desk) == ({"next_response": "running"}, [])


def test_when_things_are_due_is_shown() -> None:
    desk = both()
    desk.customer_writes("Mon 09:00")
    first = _shown.validate_python(document(desk)["targets"])[0]
    assert (local(first.since), local(first.warn_at), local(first.due)) == ("Mon 09:00", "Mon 11:00", "Mon 13:00")


def test_a_ticket_without_targets_shows_none_and_is_not_found() -> None:
    desk = Desk(TargetSettings())
    desk.customer_writes("Mon 09:00")
    assert not document(desk).keys() & {"targets", "sla"}
