"""The two secrets of a hub: the key that signs tokens and the master key that wraps the identities' keys.

They are files of HUB_SECRETS_DIR (`jwt.key`, `master.key`), each 32 random bytes in base64. The hub has no defaults.
While the master key is being rotated, `master.key.next` or `master.key.previous` stands beside it.
"""

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path

MASTER, NEXT, PREVIOUS = "master.key", "master.key.next", "master.key.previous"


class MissingSecret(Exception):
    """A secret file is not there or not usable."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} {why}. `hub up` makes it for a local hub; elsewhere mount 32 random bytes in base64.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Both keys, 32 bytes each. They show up in no log and no traceback."""

    jwt: bytes = field(repr=False)
    master: bytes = field(repr=False)


def read_secrets(directory: Path) -> Secrets:
    """Both secrets; MissingSecret says which file and what to do."""
    return Secrets(jwt=read_secret(directory / "jwt.key"), master=read_secret(directory / MASTER))


def read_masters(directory: Path) -> tuple[bytes, ...]:
    """The master key in use, then the next and the previous one while they are there; MissingSecret as above."""
    following = _read_if_there(directory / NEXT)  # first: it may become master.key at any moment
    masters = (read_secret(directory / MASTER), following, _read_if_there(directory / PREVIOUS))
    return tuple(master for master in masters if master is not None)


def _read_if_there(path: Path) -> bytes | None:
    try:
        return read_secret(path)
    except MissingSecret as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


def read_secret(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except FileNotFoundError as error:
        raise MissingSecret(path, "is missing") from error
    except (binascii.Error, UnicodeDecodeError) as error:
        raise MissingSecret(path, "is not base64") from error
    if len(key) != 32:
        raise MissingSecret(path, f"holds {len(key)} bytes instead of 32")
    return key
