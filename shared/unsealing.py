"""What an event says, opened for a service that needs it: the other half of what ingest sealed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from shared.contracts.interactions import Interaction, Party, SealedInteraction
from shared.keyring import Key
from shared.sealing import SealBroken, unseal

Keys = Mapping[str, Key]
"""Identities' keys by the identity's hash."""


def open_content(
    keys: Keys, event: SealedInteraction, sealed: Interaction[str] | Party[str], *, certain: bool = False
) -> dict[str, Any] | None:
    """The content of the event's data or of a further party as it was before sealing; SealBroken if it does not open.

    None: it was erased, because its key was destroyed, or because the event comes from before an erasure though a new
    contact has made a new key. certain: the keys are those of this moment. Then what does not open, of an identity that
    was erased once, counts as erased too: ingest may have sealed it under a key that was just being destroyed.
    """
    key = keys.get(sealed.identity)
    if key is None or (key.erased is not None and not key.is_readable(event.time, event.recordedtime)):
        return None
    try:
        content: dict[str, Any] = orjson.loads(unseal(key.cipher, event.id, sealed.content))
    except SealBroken:
        if certain and key.erased is not None:
            return None
        raise
    return content


def open_written(key: Key | None, own_id: str, content: str, at: datetime) -> dict[str, Any] | None:
    """What somebody of the contact centre wrote down at a moment, sealed with an id of its own; None: it was erased.

    key: the identity's, if it has one.
    """
    if key is None or not key.is_readable(at, at):
        return None
    try:
        written: dict[str, Any] = orjson.loads(unseal(key.cipher, own_id, content))
    except SealBroken:
        return None  # sealed under a key that was just being destroyed
    return written
