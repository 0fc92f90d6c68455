"""Mint access tokens for a local hub, signed with its own key."""

import re
from datetime import timedelta
from pathlib import Path

from deploy.local.errors import ServerError, WrongSetting
from shared.auth import ROLES, Role, mint, now_utc
from shared.secrets import MissingSecret, read_secrets

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def local_token(secrets_dir: Path, role: Role, subject: str, ttl: timedelta) -> str:
    """Return a signed token that is valid from now on. Raise ServerError when this hub has no usable secrets."""
    try:
        key = read_secrets(secrets_dir).jwt
    except MissingSecret as error:
        raise ServerError(str(error)) from error
    return mint(key, subject=subject, role=role, now=now_utc(), ttl=ttl)


def role_named(name: str) -> Role:
    """The role of that name; raise WrongSetting when there is none."""
    for role in ROLES:
        if role == name:
            return role
    raise WrongSetting(f"There is no role {name!r}; give one of {', '.join(ROLES)}.")


def time_span(words: str) -> timedelta:
    """Read a time such as 90s, 30m, 12h or 7d. Raise WrongSetting when it is none."""
    found = re.fullmatch(r"([1-9]\d{0,5})([smhd])", words.strip())
    if found is None:
        raise WrongSetting(f"{words!r} is not a time; give a number and s, m, h or d, such as 12h.")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
