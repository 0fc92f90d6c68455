"""Who may do what: bearer tokens (JWT, HS256 with the hub's own key) and roles.

Roles: agent, supervisor, admin (may do everything), channel (adapters and plugins), ops (figures and health).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal, get_args

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.problems import Problem

Role = Literal["agent", "supervisor", "admin", "channel", "ops"]
ROLES: tuple[Role, ...] = get_args(Role)

_NAME = "interaction-hub"
_ALGORITHM = "HS256"
_bearer = HTTPBearer(auto_error=False, description="A token from `hub token --role ROLE`.")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. subject: the agent's id or the client's name."""

    subject: str
    role: Role


def mint(key: bytes, *, subject: str, role: Role, now: datetime, ttl: timedelta) -> str:
    """A signed token for `subject` in `role`, valid for `ttl` from `now`."""
    claims = {"sub": subject, "role": role, "iss": _NAME, "aud": _NAME, "iat": now, "exp": now + ttl}
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def verify(key: bytes, token: str) -> Principal:
    """Who the token speaks for; Problem 401 if it is not ours, expired or without a known role."""
    try:
        who, expires = _read(key, token)
    except jwt.ExpiredSignatureError as error:
        raise _expired() from error
    except jwt.InvalidTokenError as error:
        raise _unauthorized("The token is not valid here. Get one with `hub token`.") from error
    if now_utc().timestamp() >= expires:
        raise _expired()
    return who


@lru_cache(maxsize=4_096)
def _read(key: bytes, token: str) -> tuple[Principal, int]:
    """The same, and when it expires. Who comes again is known by the whole token; only good ones are remembered."""
    claims = jwt.decode(
        token, key, algorithms=[_ALGORITHM], audience=_NAME, issuer=_NAME, options={"require": ["exp", "sub"]}
    )
    if claims.get("role") not in ROLES:
        raise _unauthorized(f"The token has no role of {', '.join(ROLES)}.")
    return Principal(claims["sub"], claims["role"]), int(claims["exp"])


@dataclass(frozen=True, slots=True)
class Allowed:
    """A FastAPI dependency that lets these roles in (and admin always); 401 without a token, 403 for other roles."""

    roles: tuple[Role, ...]

    async def __call__(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Principal:
        if credentials is None:
            raise _unauthorized("This needs a bearer token. Get one with `hub token --role ROLE`.")
        who = verify(request.app.state.jwt_key, credentials.credentials)
        if who.role != "admin" and who.role not in self.roles:
            wanted = " or ".join(sorted({*self.roles, "admin"}))
            raise Problem(403, f"The role {who.role} may not do this; it needs {wanted}.")
        return who


def allow(*roles: Role) -> Allowed:
    """The dependency of a route that these roles may use, and admin."""
    return Allowed(roles)


def now_utc() -> datetime:
    """The wall clock, in UTC; only the edges read it."""
    return datetime.now(UTC)


def _expired() -> Problem:
    return _unauthorized("The token has expired. Get a new one with `hub token`.")


def _unauthorized(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
