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
from services.profile.asking import Asking
from services.profile.domain.attributes import Statement
from services.profile.domain.identities import Sighting, documents, found_by_names
from services.profile.domain.rules import Classifier, Rules
from services.profile.domain.timeline import Entry
from services.profile.matching import Matching
from services.profile.store import Store
from shared.consuming import Record
from shared.contracts.codec import interactions
from shared.keyring import Key, Keyring
from shared.publishing import Outgoing, Publisher
from shared.sealing import Hasher
from tests.sealed_events import MOMENT, Sealer, identified, message

_PEOPLE = ("email:ann@x.org", "email:bob@x.org", "phone:+4915112345678")


class Keys:
    """A keyring in memory; those of the forgotten are destroyed."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}

    async def ensure(self, names: Any) -> dict[str, Key]:  # noqa: ANN401 (the keyring's own protocol)
        return {name: self._keys.setdefault(name, Key(AESGCM(AESGCM.generate_key(256)))) for name in names}

    async def find(self, names: Any) -> dict[str, Key]:  # noqa: ANN401 (the keyring's own protocol)
        return {name: self._keys[name] for name in names if name in self._keys}


@dataclass
class Views:
    """What MongoDB would hold: inserts by id, unions by identity."""

    timeline: dict[str, Entry] = field(default_factory=dict)
    identities: dict[str, dict[str, Any]] = field(default_factory=dict)
    attributes: dict[tuple[str, str], Statement] = field(default_factory=dict)
    claims: dict[bytes, int] = field(default_factory=dict)

    async def insert_entries(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.timeline.setdefault(entry["_id"], entry)

    async def note_identities(self, sightings: Sequence[Sighting]) -> None:
        for seen in documents(sightings):
            known = self.identities.setdefault(seen["_id"], seen)
            union = {told["name"]: told for told in [*known["names"], *seen["names"]]}
            names = [union[name] for name in sorted(union)]
            keys = {*known.get("found_by", ()), *seen.get("found_by", ()), *found_by_names(names)}
            known |= {"names": names, "found_by": sorted(keys)}

    async def erase_again(self, *_: object) -> None:
        """Nobody is erased here."""

    async def note_attributes(self, made: Sequence[Statement]) -> None:
        for one in made:
            key = (one.identity, one.name)
            before = self.attributes.get(key, one)
            self.attributes[key] = max(before, one, key=lambda statement: (statement.at, statement.event))

    async def suggestions(self, _: object) -> list[Any]:
        """Nobody is compared here."""
        return []

    async def publish(self, _: object, records: Sequence[Outgoing]) -> None:
        for record in records:
            self.claims[record.value] = self.claims.get(record.value, 0) + 1


async def project(keys: Keys, batches: Sequence[Sequence[bytes]]) -> Views:
    """The views after these batches."""
    views = Views()
    ports = cast("Keyring", keys), cast("Store", views), Asking(cast("Publisher", views))
    projection = TimelineProjection(*ports, Classifier(Rules()), cast("Matching", views))
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
            attributes = {"postcode": str(minute), **({"nickname": name} if name else {})}
            plain.append(identified(f"i-{number}", person, [_PEOPLE[0]], at=at, attributes=attributes))
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
    assert again.attributes == once.attributes
    assert again.claims.keys() == once.claims.keys()
