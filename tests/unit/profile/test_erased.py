"""What profile makes of content that was erased: nothing of it is shown, and nothing of it is a fault."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.profile.application import TimelineProjection
from services.profile.asking import Asking
from services.profile.domain.identities import Sighting
from services.profile.domain.rules import Classifier, Rules
from services.profile.domain.timeline import Entry
from services.profile.matching import Matching
from services.profile.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.codec import interactions
from shared.keyring import Key, Keyring
from shared.publishing import Publisher
from shared.sealing import Hasher
from tests.sealed_events import MOMENT, identified, message, seal_event

ANN, BOB = "email:ann@x.org", "email:bob@x.org"
BEFORE, AFTER = MOMENT - timedelta(hours=1), MOMENT + timedelta(hours=1)
HASHER = Hasher(bytes(32))
OLD, NEW = AESGCM(b"o" * 32), AESGCM(b"n" * 32)


@dataclass
class Keys:
    """What the database has, and what this process still remembers of it."""

    stored: dict[str, Key] = field(default_factory=dict)
    remembered: dict[str, Key] = field(default_factory=dict)

    async def find(self, names: Iterable[str], *, anew: bool = False) -> dict[str, Key]:
        known = self.stored if anew else self.stored | self.remembered
        return {name: known[name] for name in names if name in known}


class SealedWith:
    """A keyring for sealing alone: every identity has this key."""

    def __init__(self, cipher: AESGCM) -> None:
        self._key = Key(cipher)

    async def ensure(self, names: Iterable[str]) -> dict[str, Key]:
        return dict.fromkeys(names, self._key)


class Views:
    """What would be written."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.sightings: list[Sighting] = []

    async def note_identities(self, sightings: list[Sighting]) -> None:
        self.sightings += sightings

    async def insert_entries(self, entries: list[Entry]) -> None:
        self.entries += entries

    async def erase_again(self, *_: object) -> None:
        """Nobody is erased meanwhile."""

    async def note_attributes(self, *_: object) -> None:
        """Attributes are not looked at here."""

    async def suggestions(self, *_: object) -> list[Any]:
        """Nobody is compared here."""
        return []

    async def publish(self, *_: object) -> None:
        """Claims are not looked at here."""


def key_of(identity: str, cipher: AESGCM, erased: datetime | None = None) -> dict[str, Key]:
    return {HASHER.identity(identity): Key(cipher, erased)}


async def taken(keys: Keys, cipher: AESGCM, *plain: Any) -> tuple[Views, list[Rejected[Any]]]:  # noqa: ANN401 (any event)
    """The views and the rejected records after events that were sealed with that key."""
    views = Views()
    projection = TimelineProjection(
        cast("Keyring", keys),
        cast("Store", views),
        Asking(cast("Publisher", views)),
        Classifier(Rules()),
        cast("Matching", views),
    )
    sealing = cast("Keyring", SealedWith(cipher))
    events = [interactions.decode(await seal_event(sealing, HASHER, event)) for event in plain]
    rejected = await projection.take([Record(event, "topic", 0, place) for place, event in enumerate(events)])
    return views, list(rejected)


async def test_an_event_from_before_the_erasure_is_erased_though_a_new_contact_made_a_key() -> None:
    keys = Keys(key_of(ANN, NEW, MOMENT))

    views, rejected = await taken(keys, NEW, message("1", ANN, at=BEFORE), message("2", ANN, at=AFTER))

    assert [(entry.get("erased"), entry["content"].get("text")) for entry in views.entries] == [
        (True, None),
        (None, "Hello"),
    ]
    assert rejected == []


async def test_a_late_event_is_erased_whenever_it_was_taken_in() -> None:
    keys = Keys(key_of(ANN, NEW, MOMENT))

    views, _ = await taken(keys, OLD, message("1", ANN, at=BEFORE, recorded=AFTER))

    assert [entry.get("erased") for entry in views.entries] == [True]


async def test_what_was_sealed_under_a_key_that_was_just_being_destroyed_is_erased_and_no_fault() -> None:
    keys = Keys(key_of(ANN, NEW, MOMENT))

    views, rejected = await taken(keys, OLD, message("1", ANN, at=AFTER), message("2", ANN, at=AFTER))

    assert [entry.get("erased") for entry in views.entries] == [True, True]
    assert rejected == []


async def test_a_new_contact_is_read_though_this_process_remembers_the_destroyed_key() -> None:
    for remembered in (key_of(ANN, OLD), key_of(ANN, OLD, BEFORE)):
        keys = Keys(key_of(ANN, NEW, MOMENT), remembered)

        views, rejected = await taken(keys, NEW, message("1", ANN, "Hello again", at=AFTER))

        assert [entry["content"].get("text") for entry in views.entries] == ["Hello again"]
        assert rejected == []


async def test_a_broken_seal_of_somebody_who_was_never_erased_is_a_fault() -> None:
    keys = Keys(key_of(ANN, NEW, MOMENT) | key_of(BOB, NEW))

    views, rejected = await taken(keys, OLD, message("1", ANN, at=AFTER), message("2", BOB, at=AFTER))

    assert [entry.get("erased") for entry in views.entries] == [True]
    assert [one.record.offset for one in rejected] == [1]


async def test_a_further_identity_that_was_erased_is_known_by_its_hash_only() -> None:
    keys = Keys(key_of(ANN, NEW, MOMENT) | key_of(BOB, NEW))

    views, rejected = await taken(keys, NEW, identified("1", BOB, [ANN], at=BEFORE))

    known = {sighting.hashed: sighting.identity for sighting in views.sightings}
    assert known.keys() == {HASHER.identity(ANN), HASHER.identity(BOB)}
    assert known[HASHER.identity(BOB)] == BOB
    assert known[HASHER.identity(ANN)] != ANN
    assert rejected == []
