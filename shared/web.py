"""The frame of every service's HTTP API: limits, traces, health, figures, and errors as problem details."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from time import perf_counter
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics
from shared.openapi import describe
from shared.problems import install_problem_details, problem_response
from shared.readiness import Readiness
from shared.tracing import span

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a request's body; a larger one is answered with 413 before it is read."""


class _TooLarge(Exception):
    """More bytes came than a body may have."""


class BodyLimit:
    """Refuses bodies over MAX_BODY, whether they announce their length or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not announced.isdigit() or int(announced) > MAX_BODY:
            await self._refuse(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY:
                raise _TooLarge
            return message

        try:
            await self._app(scope, counted, send)
        except _TooLarge:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"A body may have {MAX_BODY} bytes at most. Send smaller batches."
        await problem_response(413, detail, headers={"Connection": "close"})(scope, receive, send)


class Observed:
    """Counts and times every request, and gives it a span that continues the caller's trace."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        began = perf_counter()
        traceparent = next(
            (value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None
        )

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with span(f"{self._service} {scope['method']}", traceparent):
                await self._app(scope, receive, noted)
        except asyncio.CancelledError:
            if status:
                raise
            detail = "This service is just stopping, so the outcome is not known. Ask again, with the same ids."
            await problem_response(503, detail, headers={"Retry-After": "1"})(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            metrics.http_requests.labels(self._service, scope["method"], route, status or 500).inc()
            metrics.http_seconds.labels(self._service, route).observe(perf_counter() - began)


async def _nothing_to_freshen() -> None:
    """What is counted as it happens is always fresh."""


def build_app(
    service: str,
    description: str,
    *,
    jwt_key: bytes,
    readiness: Readiness,
    freshen: Callable[[], Awaitable[None]] = _nothing_to_freshen,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[Any]] | None = None,
) -> FastAPI:
    """A FastAPI app with /healthz, /readyz, /metrics and /docs; routes are added by the service's api.py.

    freshen brings metrics up to date that are not counted as it happens; it is awaited before metrics are told.
    /docs brings its scripts along, because a hub may stand where no browser reaches the internet.
    """
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        static_url="/docs/static",
        title=f"Interaction Hub: {service}",
        description=description,
        version="1",
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # Observed does it, once
    )
    app.state.jwt_key = jwt_key
    app.state.stopping = asyncio.Event()  # set when the service ends, so that live streams end with it
    app.state.freshen = freshen
    install_problem_details(app)
    describe(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Observed, service=service)

    @app.get("/healthz", tags=["health"], summary="Is the process alive")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", tags=["health"], summary="Does it take traffic and consume, and with what lag")
    async def readyz(_: Request) -> JSONResponse:
        report = readiness.report()
        return JSONResponse(report, 200 if report["ready"] else 503)

    @app.get("/metrics", tags=["health"], summary="Prometheus metrics", response_class=PlainTextResponse)
    async def prometheus() -> Response:
        await freshen()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app
