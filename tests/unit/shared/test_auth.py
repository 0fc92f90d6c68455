"""Tokens: who gets in, who does not, and what they are told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, get_args

import httpx
import jwt
import pytest
from fastapi import Depends, FastAPI

from shared.auth import ROLES, Principal, Role, allow, mint, now_utc, verify
from shared.problems import Problem, install_problem_details

KEY = bytes(range(32))
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def claims(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 (claims are any JSON)
    given = {"sub": "ann", "role": "agent", "iss": "interaction-hub", "aud": "interaction-hub", "exp": NOW + HOUR}
    return {name: value for name, value in (given | changed).items() if value is not None}


def test_a_token_says_who_and_in_which_role() -> None:
    assert verify(KEY, mint(KEY, subject="ann", role="agent", now=NOW, ttl=HOUR)) == Principal("ann", "agent")


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_have_a_token(role: Role) -> None:
    assert verify(KEY, mint(KEY, subject="x", role=role, now=NOW, ttl=HOUR)).role == role


def test_an_expired_token_says_so() -> None:
    with pytest.raises(Problem, match="expired") as refused:
        verify(KEY, mint(KEY, subject="ann", role="agent", now=NOW - 2 * HOUR, ttl=HOUR))
    assert refused.value.status == 401


def test_a_token_that_was_good_a_moment_ago_expires_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    token = mint(KEY, subject="ann", role="agent", now=NOW, ttl=HOUR)
    assert verify(KEY, token).subject == "ann"
    monkeypatch.setattr("shared.auth.now_utc", lambda: NOW + HOUR + timedelta(seconds=1))
    with pytest.raises(Problem, match="expired") as refused:
        verify(KEY, token)
    assert refused.value.status == 401


@pytest.mark.parametrize(
    "wrong",
    [
        jwt.encode(claims(), b"another key of another hub, 32 B."),
        jwt.encode(claims(exp=None), KEY),
        jwt.encode(claims(sub=None), KEY),
        jwt.encode(claims(sub=7), KEY),
        jwt.encode(claims(aud="another"), KEY),
        jwt.encode(claims(iss="another"), KEY),
        jwt.encode(claims(), "", algorithm="none"),
        jwt.encode(claims(), KEY * 2, algorithm="HS512"),
        "",
        "a.b.c",
        "ä",
    ],
)
def test_any_other_token_is_refused(wrong: str) -> None:
    with pytest.raises(Problem, match="hub token") as refused:
        verify(KEY, wrong)
    assert refused.value.status == 401
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize("role", [None, "boss", "", 7, ["admin"]])
def test_a_token_without_a_known_role_is_refused(role: object) -> None:
    with pytest.raises(Problem, match="agent, supervisor, admin"):
        verify(KEY, jwt.encode(claims(role=role), KEY))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.jwt_key = KEY
    install_problem_details(app)

    @app.get("/agents-only")
    async def agents_only(who: Annotated[Principal, Depends(allow("agent"))]) -> str:
        return who.subject

    @app.get("/admins-only", dependencies=[Depends(allow())])
    async def admins_only() -> str:
        return "in"

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
        yield client


def bearer(role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {mint(KEY, subject='ann', role=role, now=now_utc(), ttl=HOUR)}"}


@pytest.mark.parametrize("role", get_args(Role))
async def test_a_route_lets_its_roles_in_and_admin_always(client: httpx.AsyncClient, role: Role) -> None:
    for_agents = await client.get("/agents-only", headers=bearer(role))
    for_admins = await client.get("/admins-only", headers=bearer(role))
    assert for_agents.status_code == (200 if role in ("agent", "admin") else 403)
    assert for_admins.status_code == (200 if role == "admin" else 403)


async def test_a_refusal_says_which_role_it_takes(client: httpx.AsyncClient) -> None:
    answer = await client.get("/agents-only", headers=bearer("ops"))
    assert answer.json()["detail"] == "The role ops may not do this; it needs admin or agent."


@pytest.mark.parametrize("given", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}])
async def test_without_a_bearer_token_there_is_a_challenge(client: httpx.AsyncClient, given: dict[str, str]) -> None:
    answer = await client.get("/agents-only", headers=given)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
