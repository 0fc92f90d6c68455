"""Whom identities belong to is the same whatever order it is told in, in whatever parts, and however often."""

from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.customers import Belonging, fold
from shared.contracts.customers import CustomerEvent, CustomerKnown, IdentifierShared
from shared.contracts.decided import Decided, type_of
from shared.contracts.envelope import event_id, schema_of

_AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
_PLACES = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 4)), unique=True, max_size=20)


def told(sequence: int, number: int) -> Decided[CustomerEvent]:
    """What one place of the decision log tells: of one of two identities, or nothing of this."""
    identity = "ab"[(sequence + number) % 2]
    if number == 3:
        return decided(IdentifierShared(identity=identity, at=_AT), sequence, number)
    return known(identity, sequence, number, segment=f"segment {sequence}.{number}")


def known(identity: str, sequence: int, number: int, **facts: str) -> Decided[CustomerEvent]:
    """Whom an identity belongs to, as one place of the decision log tells it."""
    event = CustomerKnown(identity=identity, at=_AT, customer=f"cus_{number}", **facts)  # type: ignore[arg-type]  # facts only
    return decided(event, sequence, number)


def decided(data: CustomerEvent, sequence: int, number: int) -> Decided[CustomerEvent]:
    """A record of hub.customers.v1."""
    kind = type_of(data.event)
    return Decided(
        id=event_id("/tests", f"{sequence}.{number}"),
        source="/tests",
        type=kind,
        time=_AT,
        recordedtime=_AT,
        dataschema=schema_of(kind),
        partitionkey=data.identity,
        correlationid=data.identity,
        stream="identities",
        sequence=sequence,
        number=number,
        data=data,
    )


@given(places=_PLACES, seed=st.integers(0, 1_000))
def test_the_newest_of_each_identity_counts(places: list[tuple[int, int]], seed: int) -> None:
    random = Random(seed)
    events = [told(*place) for place in places]
    repeated = events + random.choices(events, k=len(events)) if events else []
    random.shuffle(repeated)
    found: dict[str, Belonging] = {}
    while repeated:
        part = random.randrange(1, len(repeated) + 1)
        found = fold(found, repeated[:part])
        repeated = repeated[part:]

    last = {
        event.data.identity: event
        for event in sorted(events, key=lambda one: (one.sequence, one.number))
        if isinstance(event.data, CustomerKnown)
    }
    assert {identity: (one.version, one.segment) for identity, one in found.items()} == {
        identity: ((event.sequence, event.number), event.data.segment)  # type: ignore[union-attr]  # CustomerKnown alone
        for identity, event in last.items()
    }
