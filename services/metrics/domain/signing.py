"""Signatures of webhooks as Standard Webhooks 1.0 has them, and the secrets they are made with."""

import base64
import binascii
import hmac
from hashlib import sha256

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64


class NoSecret(ValueError):
    """The text is no secret of a webhook."""

    def __init__(self) -> None:
        super().__init__(
            f"A secret is {_PREFIX} and {_SHORTEST} to {_LONGEST} random bytes in base64. "
            'Make one with: echo "whsec_$(openssl rand -base64 32)"'
        )


def secret_bytes(secret: str) -> bytes:
    """The key in a secret `whsec_…`; NoSecret if it is none."""
    if not secret.startswith(_PREFIX):
        raise NoSecret
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoSecret from error
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise NoSecret
    return key


def signed_headers(key: bytes, message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers that let a receiver check who sent the body, and when. timestamp: seconds since 1970."""
    signed = f"{message}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, sha256)).decode()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
