"""The secrets of a local hub: made once, never shown, readable by their owner only."""

import base64
import os
import secrets
from pathlib import Path

from shared.secrets import MASTER

NAMES = ("jwt.key", MASTER)
_BYTES = 32


def make_secrets(directory: Path) -> None:
    """Make the files that are missing (32 random bytes in base64, mode 0600) and keep those that are there."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    for name in NAMES:
        make_secret(directory / name)


def make_secret(path: Path) -> None:
    """Make one such file, or keep the one that is there."""
    if path.exists():
        path.chmod(0o600)
    else:
        write_secret(path, base64.b64encode(secrets.token_bytes(_BYTES)))


def write_secret(path: Path, content: bytes) -> None:
    """Put the content under that name, durably, whole or not at all."""
    part = path.with_name(f"{path.name}.part")  # a full disk must not leave half a key under its name
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    keep_names(path.parent)


def keep_names(directory: Path) -> None:
    """Make durable what was named, renamed and deleted in a directory."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
