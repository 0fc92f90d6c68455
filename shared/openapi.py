"""What FastAPI cannot know of a service's API and its OpenAPI document should say: roles, and how errors look."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts

from shared.auth import Allowed
from shared.problems import ProblemDetails

ROLES = "x-roles"
"""The key under which an operation lists the roles that may use it. Without it, the operation asks for no token."""

_DEFINITIONS = "#/$defs/"
_COMPONENTS = "#/components/schemas/"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": f"{_COMPONENTS}ProblemDetails"}}}
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> None:
    """Makes the app's OpenAPI document say who may do what, and that every error is a problem."""

    def document() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # this is how FastAPI wants it done


def routes_of(app: FastAPI) -> list[RouteContext]:
    """All the app's routes (HTTP, websocket, static files), those of included routers with their full paths."""
    return list(iter_route_contexts(app.routes))


def roles_of(route: RouteContext) -> tuple[str, ...] | None:
    """The roles that may use the route; None if it asks for no token."""
    dependant = getattr(route, "dependant", None)
    allowed = [one.call for one in _all(dependant) if isinstance(one.call, Allowed)] if dependant else []
    if not allowed:
        return None
    return tuple(sorted(set.intersection(*({"admin", *one.roles} for one in allowed))))


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from _all(part)


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    for route in routes_of(app):
        for method, operation in document["paths"].get(route.path_format, {}).items():
            if method.upper() in (route.methods or ()):
                _complete(operation, roles_of(route))
    components = document.setdefault("components", {}).setdefault("schemas", {})
    document["paths"] = _hoisted(document["paths"], components)
    components["ProblemDetails"] = ProblemDetails.model_json_schema()
    for name in _FASTAPIS_OWN:
        components.pop(name, None)
    return document


def _hoisted(part: Any, components: dict[str, Any]) -> Any:  # noqa: ANN401 (any part of a JSON document)
    """The part with definitions of its own (`$defs`, which hand-made schemas have) moved to the components."""
    match part:
        case dict():
            for name, schema in part.get("$defs", {}).items():
                components[name] = _hoisted(schema, components)
            return {key: _hoisted(value, components) for key, value in part.items() if key != "$defs"}
        case list():
            return [_hoisted(value, components) for value in part]
        case str() if part.startswith(_DEFINITIONS):
            return _COMPONENTS + part.removeprefix(_DEFINITIONS)
        case _:
            return part


def _complete(operation: dict[str, Any], roles: tuple[str, ...] | None) -> None:
    responses = operation["responses"]
    if roles is not None:
        operation[ROLES] = list(roles)
        said = f"{operation['description']}\n\n" if "description" in operation else ""
        operation["description"] = f"{said}For the roles {', '.join(roles)}."
        responses.setdefault("401", {"description": "No token, or not one that is valid here"})
        responses.setdefault("403", {"description": "The token's role may not do this"})
    for status, response in responses.items():
        if status[0] in "45":
            response["content"] = _PROBLEM
    operation["responses"] = dict(sorted(responses.items()))
