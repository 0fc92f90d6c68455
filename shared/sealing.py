"""Sealing of personal content: a log that is never deleted can still forget.

The pure half: AES-256-GCM with a key per identity, and the keyed hash that stands for an identity in the log.
`shared.keyring` keeps the keys.

    SealBroken  (wrong key, or content moved from another event: a dead letter, never a retry)
"""

import binascii
import os
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.contracts.envelope import as_uuid

_NONCE = 12


class SealBroken(Exception):
    """The sealed content does not belong to this event or this key."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"The content of event {event_id} does not open with its identity's key.")


def _fresh_nonces() -> Iterator[bytes]:
    """Random nonces, many for one call of the system, which takes as long as the sealing itself."""
    while True:
        random = os.urandom(_NONCE * 256)
        for start in range(0, len(random), _NONCE):
            yield random[start : start + _NONCE]


_nonces = _fresh_nonces()


def seal(cipher: AESGCM, event_id: str, content: bytes) -> str:
    """Base64 of nonce and ciphertext. The event's id is authenticated, so content cannot be moved between events."""
    nonce = next(_nonces)
    return binascii.b2a_base64(nonce + cipher.encrypt(nonce, content, event_id.encode()), newline=False).decode()


def unseal(cipher: AESGCM, event_id: str, sealed: str) -> bytes:
    """The content as it was sealed; SealBroken if it is not this event's or the key is another."""
    try:
        blob = binascii.a2b_base64(sealed)
        return cipher.decrypt(blob[:_NONCE], blob[_NONCE:], event_id.encode())
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise SealBroken(event_id) from error


class Hasher:
    """Names identities and conversations in the log without saying who they are (keyed BLAKE2b, 128 bits).

    Without the key nobody can test whether an address is in the log, not even by trying all phone numbers.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.identity = lru_cache(maxsize=200_000)(self._identity)

    def _identity(self, identity: str) -> str:
        return self._digest("identity", identity).hex()

    def conversation(self, source: str, own_id: str) -> str:
        """The hub's id (a UUID) of the conversation that `source` calls `own_id`."""
        return as_uuid(self._digest("conversation", f"{source}\n{own_id}"))

    def _digest(self, purpose: str, text: str) -> bytes:
        return blake2b(f"{purpose}\n{text}".encode(), key=self._key, digest_size=16).digest()
