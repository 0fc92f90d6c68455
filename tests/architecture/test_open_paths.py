"""Who gets in without a token: nobody, but for the paths that are listed here on purpose (decision record 0008)."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import get_args

import httpx
import pytest
from fastapi import FastAPI

from deploy.reference.api_page import BY_OTHER_MEANS, OF_EVERY_SERVICE, path_of
from deploy.reference.apps import app_of
from deploy.reference.flows import SERVICES
from shared.auth import Role, mint, now_utc
from shared.openapi import roles_of, routes_of

_ROLES: tuple[Role, ...] = get_args(Role)


def _guarded() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Every service, method and path that needs a token, with the roles that get in."""
    for service in SERVICES:
        for route in routes_of(app_of(service)):
            roles = roles_of(route)
            if roles is not None:
                for method in sorted(route.methods or ()):
                    yield service, method, path_of(route), roles


def _open() -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        for route in routes_of(app_of(service)):
            if roles_of(route) is None:
                yield service, path_of(route)


GUARDED = list(_guarded())


def test_only_the_listed_paths_ask_for_no_token() -> None:
    everywhere = {(service, path) for service in SERVICES for path in OF_EVERY_SERVICE}
    of_ingest = {("ingest", path) for path in BY_OTHER_MEANS}
    assert set(_open()) == everywhere | of_ingest


@pytest.fixture(params=SERVICES)
def app(request: pytest.FixtureRequest) -> FastAPI:
    made = app_of(request.param)
    made.state.service = request.param
    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
        yield client


async def test_without_a_token_every_other_path_answers_401(app: FastAPI, client: httpx.AsyncClient) -> None:
    for service, method, path, _ in GUARDED:
        if service == app.state.service:
            answer = await client.request(method, path)
            assert (path, answer.status_code) == (path, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"
            assert "hub token" in answer.json()["detail"]


async def test_a_token_of_another_hub_or_an_old_one_answers_401(app: FastAPI, client: httpx.AsyncClient) -> None:
    now = now_utc()
    foreign = mint(b"k" * 32, subject="ann", role="admin", now=now, ttl=timedelta(hours=1))
    old = mint(app.state.jwt_key, subject="ann", role="admin", now=now - timedelta(days=2), ttl=timedelta(days=1))
    for service, method, path, _ in GUARDED:
        if service == app.state.service:
            for token in (foreign, old, "nonsense"):
                answer = await client.request(method, path, headers={"Authorization": f"Bearer {token}"})
                assert (path, answer.status_code) == (path, 401)


async def test_a_role_that_may_not_answers_403(app: FastAPI, client: httpx.AsyncClient) -> None:
    for service, method, path, roles in GUARDED:
        if service == app.state.service:
            for role in set(_ROLES) - set(roles):
                token = mint(app.state.jwt_key, subject="x", role=role, now=now_utc(), ttl=timedelta(hours=1))
                answer = await client.request(method, path, headers={"Authorization": f"Bearer {token}"})
                assert (path, role, answer.status_code) == (path, role, 403)
                assert "admin" in answer.json()["detail"]


async def test_the_api_description_loads_nothing_from_the_internet(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    loaded = [part.partition('"')[0] for part in page.replace('href="', 'src="').split('src="')[1:]]
    assert len(loaded) == 3
    for address in loaded:
        assert address.startswith("/docs/static/")
        assert (await client.get(address)).status_code == 200
