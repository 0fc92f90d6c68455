"""What comes too late, of somebody who was erased, is taken like anything else, and nobody can ever read it."""

from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.ingest.domain.draft import Draft
from shared.contracts.codec import interactions
from shared.contracts.content import ContactContent, MessageContent
from shared.contracts.interactions import Identification, Message, Party
from shared.keyring import Key
from shared.sealing import SealBroken
from tests.unit.ingest.taking import NOW, Taking

ERASED = NOW - timedelta(hours=1)
ANN, BOB = "email:ann@example.org", "email:bob@example.org"


def draft(own_id: str, identity: str, time: datetime | None) -> Draft:
    data = Message(
        channel="chat",
        direction="inbound",
        conversation="C-1",
        identity=identity,
        message=own_id,
        content=MessageContent(text="Hello"),
    )
    return Draft(type="hub.message.received.v1", source="/plugins/shop", id=own_id, time=time, data=data)


def taking(*, a_new_key: bool = True) -> Taking:
    """Ingest after Ann was erased, and after a new contact of hers or not."""
    made = Taking()
    if a_new_key:
        made.keys.keys[made.hasher.identity(ANN)] = Key(AESGCM(bytes(32)), ERASED)
    else:
        made.keys.tombstones[made.hasher.identity(ANN)] = ERASED
    return made


@pytest.mark.parametrize("a_new_key", [True, False])
@pytest.mark.parametrize("time", [ERASED, ERASED - timedelta(days=400)])
async def test_a_late_event_is_taken_but_opens_for_nobody(time: datetime, *, a_new_key: bool) -> None:
    ingest = taking(a_new_key=a_new_key)

    (accepted,) = await ingest.accept(draft("1", ANN, time))

    event = interactions.decode(ingest.records.published[0].value)
    assert event.id == accepted.event
    assert event.data.identity == ingest.hasher.identity(ANN)
    assert (event.data.identity in ingest.keys.keys) is a_new_key
    if a_new_key:
        with pytest.raises(SealBroken):
            ingest.opened(event.id, event.data)


async def test_the_rest_of_the_batch_is_not_affected() -> None:
    ingest = taking()

    await ingest.accept(draft("1", BOB, ERASED), draft("2", ANN, ERASED), draft("3", ANN, NOW), draft("4", ANN, None))

    opened = []
    for record in ingest.records.published:
        event = interactions.decode(record.value)
        try:
            opened.append(ingest.opened(event.id, event.data)["identity"])
        except SealBroken:
            opened.append("")
    assert opened == [BOB, "", ANN, ANN]


@pytest.mark.parametrize("time", [None, NOW, NOW + timedelta(minutes=1)])
async def test_a_new_contact_of_an_erased_person_gets_a_key_of_its_own(time: datetime | None) -> None:
    ingest = taking(a_new_key=False)

    await ingest.accept(draft("1", ANN, ERASED), draft("2", ANN, time), draft("3", ANN, ERASED))

    first, second, third = (interactions.decode(record.value) for record in ingest.records.published)
    assert ingest.opened(second.id, second.data)["text"] == "Hello"
    for late in (first, third):
        with pytest.raises(SealBroken):
            ingest.opened(late.id, late.data)


async def test_a_further_identity_that_was_erased_is_sealed_for_nobody() -> None:
    ingest = taking()
    data = Identification(
        channel="web",
        direction="internal",
        conversation="C-1",
        identity=BOB,
        content=ContactContent(name="Bob"),
        also=(Party(identity=ANN, content=ContactContent(name="Ann")),),
        evidence="verified_login",
    )
    identified = Draft(type="hub.contact.identified.v1", source="/plugins/shop", id="1", time=ERASED, data=data)

    await ingest.accept(identified)

    event = interactions.decode(ingest.records.published[0].value)
    assert isinstance(event.data, Identification)
    assert ingest.opened(event.id, event.data)["name"] == "Bob"
    with pytest.raises(SealBroken):
        ingest.opened(event.id, event.data.also[0])


async def test_every_late_event_has_a_key_of_its_own_that_is_thrown_away() -> None:
    ingest = taking()

    first, second = await ingest.prepare(draft("1", ANN, ERASED), draft("2", ANN, ERASED))

    assert first.cipher is not second.cipher
    assert ingest.keys.keys[first.identity].cipher not in (first.cipher, second.cipher)


async def test_what_the_hub_says_of_an_erased_person_keeps_the_hash_and_the_facts() -> None:
    ingest = taking(a_new_key=False)
    hashed = ingest.hasher.identity(ANN)

    await ingest.accept_of_erased(draft("1", "email:", NOW), hashed)

    event = interactions.decode(ingest.records.published[0].value)
    assert (event.data.identity, event.data.channel) == (hashed, "chat")
    assert hashed not in ingest.keys.keys
