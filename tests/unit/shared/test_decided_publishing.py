"""From a decision to the records that tell of it."""

from dataclasses import replace
from datetime import UTC, datetime

from shared.contracts.codec import customers
from shared.contracts.customers import CustomerEvent, IdentityLinked, LinkRefused
from shared.decided_publishing import decided_records
from shared.decisions import Entry
from shared.publishing import Outgoing

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LINKED = IdentityLinked(identity="a" * 32, also="b" * 32, at=AT, evidence="agent", cause="cause-1")
REFUSED = LinkRefused(identity="c" * 32, also="d" * 32, at=AT, evidence="agent", cause="cause-2", reason="limit")
ENTRY: Entry[CustomerEvent] = Entry(
    stream="identities", sequence=7, position=9, at=AT, outcomes=(), events=(("cmd-1", LINKED), ("cmd-2", REFUSED))
)


def records(entry: Entry[CustomerEvent]) -> list[Outgoing]:
    return decided_records(entry, customers, lambda event: event.identity, "/decisions/identities")


def test_each_event_of_a_decision_becomes_a_record_in_its_place() -> None:
    made = records(ENTRY)
    events = [customers.decode(record.value) for record in made]
    assert [record.key for record in made] == ["a" * 32, "c" * 32]
    assert [event.data for event in events] == [LINKED, REFUSED]
    assert [(event.stream, event.sequence, event.number) for event in events] == [
        ("identities", 7, 0),
        ("identities", 7, 1),
    ]
    assert [event.causationid for event in events] == ["cmd-1", "cmd-2"]
    assert [event.type for event in events] == ["hub.identity.linked.v1", "hub.link.refused.v1"]
    assert events[0].dataschema == "urn:hub:schema:hub.identity.linked.v1"


def test_publishing_again_repeats_every_byte() -> None:
    assert records(ENTRY) == records(ENTRY)


def test_another_decision_has_other_ids() -> None:
    ids = {
        customers.decode(record.value).id for entry in (ENTRY, replace(ENTRY, sequence=8)) for record in records(entry)
    }
    assert len(ids) == 4
