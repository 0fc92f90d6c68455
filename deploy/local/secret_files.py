"""The secrets of a local hub: made once, never shown, readable by their owner only."""

import base64
import os
import secrets
from pathlib import Path

NAMES = ("jwt.key", "master.key")
_BYTES = 32


def make_secrets(directory: Path) -> None:
    """Make the files that are missing (32 random bytes in base64, mode 0600) and keep those that are there."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    for name in NAMES:
        _make_secret(directory / name)


def _make_secret(path: Path) -> None:
    if path.exists():
        path.chmod(0o600)
        return
    part = path.with_name(f"{path.name}.part")  # a full disk must not leave half a key under its name
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(_BYTES)))
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
