"""Personal content is sealed: only its own event and its own key open it."""

import base64
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shared.sealing import Hasher, SealBroken, seal, unseal

CIPHER = AESGCM(bytes(range(32)))
EVENT = "38fa13cf-2483-58bb-b29d-44873da9b5af"


@given(st.binary(max_size=500), st.text(max_size=50))
def test_what_was_sealed_opens_as_it_was(content: bytes, event: str) -> None:
    assert unseal(CIPHER, event, seal(CIPHER, event, content)) == content


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert seal(CIPHER, EVENT, b"hello") != seal(CIPHER, EVENT, b"hello")


def test_sealed_content_says_nothing_of_the_content() -> None:
    sealed = base64.b64decode(seal(CIPHER, EVENT, b"ann@x.org"))
    assert b"ann" not in sealed
    assert len(sealed) == 12 + len(b"ann@x.org") + 16


def test_content_that_was_moved_to_another_event_does_not_open() -> None:
    with pytest.raises(SealBroken, match="other-event"):
        unseal(CIPHER, "other-event", seal(CIPHER, EVENT, b"hello"))


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(SealBroken):
        unseal(AESGCM(bytes(32)), EVENT, seal(CIPHER, EVENT, b"hello"))


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    blob = bytearray(base64.b64decode(seal(CIPHER, EVENT, b"hello")))
    blob[place] ^= 1
    with pytest.raises(SealBroken):
        unseal(CIPHER, EVENT, base64.b64encode(blob).decode())


@pytest.mark.parametrize("sealed", ["", "A", "====", "not base64!", base64.b64encode(bytes(11)).decode(), "ä"])
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(SealBroken):
        unseal(CIPHER, EVENT, sealed)


def test_an_identity_has_one_name_in_the_log_and_no_other_has_it() -> None:
    hasher = Hasher(bytes(32))
    assert hasher.identity("email:ann@x.org") == hasher.identity("email:ann@x.org")
    assert hasher.identity("email:ann@x.org") != hasher.identity("email:bob@x.org")
    assert len(hasher.identity("email:ann@x.org")) == 32
    assert set(hasher.identity("email:ann@x.org")) <= set("0123456789abcdef")


def test_without_the_key_nobody_finds_the_name() -> None:
    assert Hasher(bytes(32)).identity("phone:+4930123456") != Hasher(b"k" * 32).identity("phone:+4930123456")


def test_a_conversation_is_a_uuid_of_its_source_and_the_sources_own_name() -> None:
    hasher = Hasher(bytes(32))
    first = hasher.conversation("/crm", "7")
    assert str(UUID(first)) == first
    assert first == hasher.conversation("/crm", "7")
    assert len({first, hasher.conversation("/crm", "8"), hasher.conversation("/shop", "7")}) == 3


def test_an_identity_and_a_conversation_of_one_text_have_nothing_in_common() -> None:
    hasher = Hasher(bytes(32))
    assert hasher.conversation("a", "b").replace("-", "")[:8] != hasher.identity("a\nb")[:8]
