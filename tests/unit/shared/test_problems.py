"""Every error of an API is a problem document that says what to do, whatever went wrong."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Query
from pymongo.errors import AutoReconnect
from structlog.testing import capture_logs

from shared.commanding import NoAnswer
from shared.problems import Problem, install_problem_details
from shared.publishing import NotPublished

FAILURES: dict[str, Exception] = {
    "problem": Problem(409, "It is taken. Use another.", errors=[{"field": "id", "reason": "taken"}]),
    "http": HTTPException(418, "A teapot.", headers={"X-Kind": "pot"}),
    "kafka": NotPublished("hub.interactions.v1", TimeoutError()),
    "mongo": AutoReconnect("host mongo-7 is gone"),
    "silence": NoAnswer("c-1"),
    "mistake": ZeroDivisionError("secret detail"),
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install_problem_details(app)

    @app.get("/fails/{how}")
    async def fails(how: str) -> None:
        raise FAILURES[how]

    @app.get("/checked")
    async def checked(limit: Annotated[int, Query(ge=1)]) -> int:
        return limit

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        with capture_logs():
            yield client


@pytest.mark.parametrize(
    ("how", "status", "title"),
    [
        ("problem", 409, "Conflict"),
        ("http", 418, "I'm a Teapot"),
        ("kafka", 503, "Service Unavailable"),
        ("mongo", 503, "Service Unavailable"),
        ("silence", 504, "Gateway Timeout"),
        ("mistake", 500, "Internal Server Error"),
    ],
)
async def test_a_failure_is_a_problem_document(client: httpx.AsyncClient, how: str, status: int, title: str) -> None:
    answer = await client.get(f"/fails/{how}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["title"], body["status"]) == ("about:blank", title, status)
    assert body["detail"]


async def test_a_problem_carries_its_errors_and_headers(client: httpx.AsyncClient) -> None:
    assert (await client.get("/fails/problem")).json()["errors"] == [{"field": "id", "reason": "taken"}]
    assert (await client.get("/fails/http")).headers["x-kind"] == "pot"


@pytest.mark.parametrize("how", ["kafka", "mongo", "silence"])
async def test_what_passes_says_when_to_try_again(client: httpx.AsyncClient, how: str) -> None:
    assert (await client.get(f"/fails/{how}")).headers["retry-after"] == "1"


@pytest.mark.parametrize(("how", "inside"), [("mongo", "mongo-7"), ("mistake", "secret")])
async def test_what_is_inside_stays_inside(client: httpx.AsyncClient, how: str, inside: str) -> None:
    assert inside not in (await client.get(f"/fails/{how}")).text


async def test_a_wrong_parameter_is_named_and_its_value_is_not_repeated(client: httpx.AsyncClient) -> None:
    answer = await client.get("/checked", params={"limit": "ann@x.org"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["query.limit"]
    assert "ann" not in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/checked", 405)])
async def test_a_path_that_is_not_there_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
