"""The bytes of attachments, out of the original mails.

Missing  (there is no such file here; who asked may look elsewhere)
Gone     (there was one; it is not to be had any more)
"""

import asyncio
import hashlib
from dataclasses import dataclass

from services.profile.domain.folding import Folded
from shared.keyring import Keyring
from shared.mails import bytes_of, leaves, parse
from shared.originals import Originals, opened
from shared.sealing import SealBroken


class Missing(Exception):
    """No such attachment, or its bytes never came here."""


class Gone(Exception):
    """The attachment cannot be given out any more; the reason is for whoever asked."""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as it was sent. media_type: as its sender called it, which nobody should trust."""

    name: str
    media_type: str
    data: bytes


class Attachments:
    """Finds attachments' bytes, and gives them out only if they are what the event said they are."""

    def __init__(self, originals: Originals, keyring: Keyring) -> None:
        self._originals = originals
        self._keyring = keyring

    async def file(self, entry: Folded, part: int) -> File:
        """The file that the entry's content names as this part; Missing or Gone."""
        head = entry.head
        if head.get("erased"):
            raise Gone("The person was erased, and all they sent with them.")
        if entry.changes is not None and entry.changes.deleted is not None:
            raise Gone("The message was deleted.")
        told = next((one for one in head["content"].get("attachments") or () if one["part"] == part), None)
        if told is None:
            raise Missing("The entry has no such attachment; `content.attachments` lists them by their `part`.")
        sealed = await self._originals.sealed(head["_id"])
        if sealed is None:
            raise Missing("Only a description of this file came to the hub; its channel has the bytes.")
        key = (await self._keyring.find([head["identity"]], anew=True)).get(head["identity"])
        if key is None:
            raise Gone("The person was erased, and all they sent with them.")
        try:
            data = await asyncio.to_thread(lambda: _part(opened(key.cipher, head["_id"], sealed), part))
        except SealBroken as broken:
            raise Gone("The stored mail does not open with its key, so nothing of it is given out.") from broken
        if data is None or len(data) != told["size"] or hashlib.sha256(data).hexdigest() != told["sha256"]:
            raise Gone("The stored mail does not hold this file as it was described, so it is not given out.")
        return File(told["name"], told["type"], data)


def _part(raw: bytes, number: int) -> bytes | None:
    return next((bytes_of(leaf) for place, leaf in enumerate(leaves(parse(raw))) if place == number), None)
