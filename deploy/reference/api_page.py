"""docs/api.md: every path of every service, who may use it and what for."""

from collections.abc import Iterator

from fastapi.routing import RouteContext
from starlette.routing import Mount, WebSocketRoute

from deploy.reference.apps import app_of
from deploy.reference.flows import SERVICES
from deploy.reference.markdown import cell
from shared.openapi import roles_of, routes_of

OF_EVERY_SERVICE = {
    "/healthz": "is the process alive",
    "/readyz": "does it take traffic and consume, and with what lag",
    "/metrics": "Prometheus metrics",
    "/docs": "this API to try, without the internet",
    "/docs/oauth2-redirect": "part of /docs",
    "/docs/static": "part of /docs",
    "/openapi.json": "this API as OpenAPI",
}
"""What every service has and everybody may read: it tells nothing of customers."""

BY_OTHER_MEANS = {
    "/v1/channels/{adapter}/webhook": "whoever signs as the provider",
    "/v1/chat": "visitors, by a token that the chat itself gives them",
    "/v1/chat/widget.js": "everybody: web pages load it",
}
"""Paths that ask for no bearer token, and how they know who is there instead."""

_INTRODUCTION = """\
# HTTP APIs

Written by `make docs` from the services' routes; a test holds it against them. The details of each are in the OpenAPI
documents linked below, and live on each service's `/docs`, which needs no internet.

JSON in and out; times in UTC. Errors are problem details (RFC 9457, `application/problem+json`) whose `detail` says
what to do. Lists answer `{"items": […], "next": cursor or null}`. Live streams are server-sent events; sending the last
id one has seen as `Last-Event-ID` resumes them.

A path asks for a bearer token: `Authorization: Bearer $(hub token --role ROLE)`. 401 means that there is none or that
it is not valid here, 403 that its role may not do this. `admin` may do everything.

Every service also has, for everybody and without a token:

| path | what |
|---|---|"""


def api_page() -> str:
    """The page's Markdown."""
    return "\n".join(_lines()) + "\n"


def path_of(route: RouteContext) -> str:
    """The route's path as OpenAPI writes it."""
    return str(route.path if isinstance(route.original_route, Mount) else route.path_format)


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    for path, what in OF_EVERY_SERVICE.items():
        if not path.startswith("/docs/"):
            yield f"| `{path}` | {what} |"
    for service in SERVICES:
        app = app_of(service)
        yield f"\n## {service}\n\n{app.description} [OpenAPI](api/{service}.openapi.json)\n"
        yield "| | path | for | what |"
        yield "|---|---|---|---|"
        for route in routes_of(app):
            if path_of(route) not in OF_EVERY_SERVICE:
                yield _row(route)


def _row(route: RouteContext) -> str:
    path = path_of(route)
    roles = roles_of(route)
    who = BY_OTHER_MEANS[path] if roles is None else ", ".join(roles)
    methods = "WS" if isinstance(route.original_route, WebSocketRoute) else ", ".join(sorted(route.methods or ()))
    what = getattr(route, "summary", None) or (route.endpoint and route.endpoint.__doc__) or ""
    return f"| {methods} | `{path}` | {who} | {cell(what)} |"
