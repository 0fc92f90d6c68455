"""The frame of every API: limits, figures, health, and a description that needs no internet."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Request
from prometheus_client import REGISTRY

from shared.auth import allow
from shared.openapi import ROLES
from shared.readiness import Readiness
from shared.web import MAX_BODY, build_app

SERVICE = "unit-test"


@pytest.fixture
def app() -> FastAPI:
    app = build_app(SERVICE, "For a test.", jwt_key=bytes(32), readiness=Readiness())
    router = APIRouter(prefix="/v1")

    @router.post("/size/{of}")
    async def size(request: Request) -> int:
        return len(await request.body())

    @router.put("/things", dependencies=[Depends(allow("agent"))])
    async def put_things(count: Annotated[int, Body()]) -> int:
        """Counts things."""
        return count

    app.include_router(router)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
        yield client


async def test_a_body_may_be_as_long_as_the_limit(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/size/all", content=bytes(MAX_BODY))
    assert (answer.status_code, answer.json()) == (200, MAX_BODY)


async def test_a_longer_body_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/size/all", content=bytes(MAX_BODY + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert "smaller batches" in answer.json()["detail"]


async def test_a_body_that_does_not_say_its_length_is_held_to_the_limit_too(client: httpx.AsyncClient) -> None:
    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield bytes(1024 * 1024)

    assert (await client.post("/v1/size/all", content=pieces(8))).json() == MAX_BODY
    assert (await client.post("/v1/size/all", content=pieces(9))).status_code == 413


@pytest.mark.parametrize("length", ["-1", "many", "", "1e3"])
async def test_a_length_that_is_no_number_is_refused(client: httpx.AsyncClient, length: str) -> None:
    answer = await client.post("/v1/size/all", headers={"Content-Length": length}, content=_nothing())
    assert answer.status_code == 413


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


async def test_requests_are_counted_by_route_and_not_by_address(client: httpx.AsyncClient) -> None:
    before = _counted("/v1/size/{of}")
    await client.post("/v1/size/ann@x.org", content=b"abc")
    assert _counted("/v1/size/{of}") == before + 1
    assert "ann" not in (await client.get("/metrics")).text


async def test_an_unknown_path_is_counted_without_its_name(client: httpx.AsyncClient) -> None:
    await client.get("/ann@x.org")
    assert "ann" not in (await client.get("/metrics")).text


def _counted(route: str) -> float:
    labels = {"service": SERVICE, "method": "POST", "route": route, "status": "200"}
    return REGISTRY.get_sample_value("hub_http_requests_total", labels) or 0.0


async def test_a_process_is_alive_before_it_is_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "alive"}
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


def test_the_description_says_who_may(app: FastAPI) -> None:
    operation = app.openapi()["paths"]["/v1/things"]["put"]
    assert operation[ROLES] == ["admin", "agent"]
    assert operation["description"] == "Counts things.\n\nFor the roles admin, agent."
    assert ROLES not in app.openapi()["paths"]["/v1/size/{of}"]["post"]


def test_the_description_says_how_errors_look(app: FastAPI) -> None:
    problems = list(_problems(app))
    assert {status for status, _ in problems} == {"401", "403", "422"}
    assert {media for _, media in problems} == {"application/problem+json"}
    assert "HTTPValidationError" not in app.openapi()["components"]["schemas"]


def _problems(app: FastAPI) -> Iterator[tuple[str, str]]:
    for status, response in app.openapi()["paths"]["/v1/things"]["put"]["responses"].items():
        if status >= "400":
            for media in response["content"]:
                yield status, media
