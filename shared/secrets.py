"""The two secrets of a hub: the key that signs tokens and the master key that wraps the identities' keys.

They are files of HUB_SECRETS_DIR (`jwt.key`, `master.key`), each 32 random bytes in base64. The hub has no defaults.
"""

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path


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
    return Secrets(jwt=_read(directory / "jwt.key"), master=_read(directory / "master.key"))


def _read(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except FileNotFoundError as error:
        raise MissingSecret(path, "is missing") from error
    except (binascii.Error, UnicodeDecodeError) as error:
        raise MissingSecret(path, "is not base64") from error
    if len(key) != 32:
        raise MissingSecret(path, f"holds {len(key)} bytes instead of 32")
    return key
