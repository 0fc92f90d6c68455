"""Whatever the order and however often events come, the timeline and what is known of identities are the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from services.profile.application import TimelineProjection
from services.profile.domain.customers import Customer, joined
from services.profile.domain.identities import Sighting, documents, found_by_names
from services.profile.domain.timeline import Entry
from services.profile.store import Store
from shared.consuming import Record
from shared.contracts.codec import interactions
from shared.keyring import Keyring
from shared.publishing import Outgoing, Publisher
from shared.sealing import Hasher
from tests.sealed_events import MOMENT, Sealer, identified, message

_PEOPLE = ("email:ann@x.org", "email:bob@x.org", "phone:+4915112345678")


class Keys:
    """A keyring in memory; those of the forgotten are destroyed."""

    def __init__(self) -> None:
        self._ciphers: dict[str, AESGCM] = {}

    async def ensure(self, names: Any) -> dict[str, AESGCM]:  # noqa: ANN401 (the keyring's own protocol)
        return {name: self._ciphers.setdefault(name, AESGCM(AESGCM.generate_key(256))) for name in names}

    async def find(self, names: Any) -> dict[str, AESGCM]:  # noqa: ANN401 (the keyring's own protocol)
        return {name: self._ciphers[name] for name in names if name in self._ciphers}


@dataclass
class Views:
    """What MongoDB would hold: inserts by id, unions by identity."""

    timeline: dict[str, Entry] = field(default_factory=dict)
    identities: dict[str, dict[str, Any]] = field(default_factory=dict)
    claims: dict[bytes, int] = field(default_factory=dict)

    async def insert_entries(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.timeline.setdefault(entry["_id"], entry)

    async def note_identities(self, sightings: Sequence[Sighting]) -> None:
        for seen in documents(sightings):
            known = self.identities.setdefault(seen["_id"], seen)
            union = {told["name"]: told for told in [*known["names"], *seen["names"]]}
            names = [union[name] for name in sorted(union)]
            keys = {*known["found_by"], *seen["found_by"], *found_by_names(names)}
            known |= {"names": names, "found_by": sorted(keys)}

    async def publish(self, _: object, records: Sequence[Outgoing]) -> None:
        for record in records:
            self.claims[record.value] = self.claims.get(record.value, 0) + 1


async def project(keys: Keys, batches: Sequence[Sequence[bytes]]) -> Views:
    """The views after these batches."""
    views = Views()
    projection = TimelineProjection(cast("Keyring", keys), cast("Store", views), cast("Publisher", views))
    for batch in batches:
        events = [interactions.decode(value) for value in batch]
        await projection.take([Record(event, "topic", 0, offset) for offset, event in enumerate(events)])
    return views


_happened = st.tuples(
    st.sampled_from(_PEOPLE), st.integers(0, 30), st.sampled_from([None, "Ann", "Bob", "Ann Example"]), st.booleans()
)


@given(happened=st.lists(_happened, max_size=12), seed=st.integers(0, 10_000))
async def test_order_repetition_and_batches_do_not_matter(
    happened: list[tuple[str, int, str | None, bool]], seed: int
) -> None:
    keys = Keys()
    sealer = Sealer(cast("Keyring", keys), Hasher(bytes(32)))
    plain: list[Any] = []
    for number, (person, minute, name, links) in enumerate(happened):
        at = MOMENT + timedelta(minutes=minute)
        if links:
            plain.append(identified(f"i-{number}", person, [_PEOPLE[0]], at=at))
        else:
            plain.append(message(f"m-{number}", person, name=name, at=at))
    values = [outgoing.value for outgoing in await sealer.outgoing(plain)]
    once = await project(keys, [values])
    chance = Random(seed)
    shuffled = [*values, *chance.choices(values, k=len(values))] if values else []
    chance.shuffle(shuffled)
    cut = chance.randint(0, len(shuffled))
    again = await project(keys, [shuffled[:cut], shuffled[cut:]])
    assert again.timeline == once.timeline
    assert again.identities == once.identities
    assert again.claims.keys() == once.claims.keys()


@given(pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_linked_identities_are_exactly_those_that_a_path_of_links_connects(pairs: list[tuple[int, int]]) -> None:
    customers: list[Customer] = []
    groups: list[set[str]] = []
    for place, (one, other) in enumerate(pairs):
        first, second = str(one), str(other)
        touched = [customer for customer in customers if {first, second} & set(customer.members)]
        customers = [customer for customer in customers if customer not in touched]
        customers.append(joined(touched, first, second, place))
        touching = [group for group in groups if {first, second} & group]
        groups = [group for group in groups if group not in touching]
        groups.append({first, second}.union(*touching))
    assert sorted(sorted(customer.members) for customer in customers) == sorted(sorted(group) for group in groups)
