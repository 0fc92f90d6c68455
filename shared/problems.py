"""Errors of the HTTP APIs as RFC 9457 problem details (`application/problem+json`)."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared.commanding import NoAnswer
from shared.mongo import UNREACHABLE
from shared.publishing import NotPublished

log = structlog.get_logger()


class ProblemDetails(BaseModel):
    """The body of every error. errors: one item a wrong field, where there are fields."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None


class Problem(Exception):
    """An error to answer with. detail says what to do."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def problem_response(
    status: int, detail: str, errors: list[dict[str, str]] | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The response for a problem."""
    body = ProblemDetails(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return JSONResponse(
        body.model_dump(exclude_none=True), status, headers=headers, media_type="application/problem+json"
    )


async def _on_problem(_: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)  # noqa: S101 (registered for this class only)
    return problem_response(problem.status, problem.detail, problem.errors, problem.headers)


async def _on_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for this class only)
    return problem_response(error.status_code, str(error.detail), headers=dict(error.headers or {}))


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for this class only)
    errors = [{"field": ".".join(str(part) for part in item["loc"]), "reason": item["msg"]} for item in error.errors()]
    return problem_response(422, "The request is not valid; see errors for each field.", errors)


async def _on_unavailable(_: Request, error: Exception) -> JSONResponse:
    log.warning("dependency_unavailable", reason=f"{type(error).__name__}: {error}"[:300])
    detail = "A server that the hub needs does not answer just now; nothing was taken. Try again."
    return problem_response(
        503, str(error) if isinstance(error, NotPublished) else detail, headers={"Retry-After": "1"}
    )


async def _on_no_answer(_: Request, error: Exception) -> JSONResponse:
    return problem_response(504, str(error), headers={"Retry-After": "1"})


async def _on_fault(_: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", exc_info=error)
    return problem_response(500, "The hub made a mistake; it is logged with the time of this request.")


def install_problem_details(app: FastAPI) -> None:
    """Makes every error of the app a problem-details answer."""
    handlers: dict[Any, Any] = {
        Problem: _on_problem,
        HTTPException: _on_http,
        RequestValidationError: _on_invalid,
        NotPublished: _on_unavailable,
        NoAnswer: _on_no_answer,
        Exception: _on_fault,
    } | dict.fromkeys(UNREACHABLE, _on_unavailable)
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
