"""The four services' HTTP APIs, as any client with a token uses them.

Unanswered  (a service refused or did not answer; the message is a sentence)
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from shared.auth import Role

_SECONDS = 10.0
_CONNECTIONS = 200

Json = dict[str, Any]
Mint = Callable[[Role, str], str]
"""Makes a token for a role and a subject."""


class Unanswered(Exception):
    """status: the HTTP status of a refusal, or None when no answer came at all."""

    def __init__(self, what: str, status: int | None, detail: str) -> None:
        super().__init__(f"{what}: {detail}")
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the services answer, without a slash at the end; smtp: the port for mail on the same host."""

    ingest: str
    profile: str
    routing: str
    metrics: str
    smtp: int


class Access:
    """One role's use of the APIs. Paths begin with the service's address."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, url: str, **query: str | int) -> Json:
        """The answer's JSON; Unanswered if there is none."""
        return await self._ask("GET", url, params=query)

    async def post(self, url: str, body: Json | Sequence[Json] | None = None) -> Json:
        """Posts JSON; the answer's JSON, {} for an empty one; Unanswered if it was not taken."""
        return await self._ask("POST", url, json=body)

    async def put(self, url: str, body: Json) -> Json:
        """Puts JSON, as `post`."""
        return await self._ask("PUT", url, json=body)

    async def form(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> None:
        """Posts a form with further headers, as a provider's webhook does."""
        await self._ask("POST", url, data=dict(fields), headers={**self._headers, **headers})

    async def _ask(self, method: str, url: str, **given: Any) -> Json:  # noqa: ANN401 (handed on to httpx as it is)
        what = f"{method} {httpx.URL(url).path}"
        try:
            answer = await self._client.request(method, url, **{"headers": self._headers, **given})
        except httpx.HTTPError as error:
            raise Unanswered(what, None, f"no answer ({type(error).__name__})") from error
        if answer.is_error:
            raise Unanswered(what, answer.status_code, _reason(answer))
        if "json" not in answer.headers.get("content-type", ""):
            return {}
        decoded = answer.json()
        return decoded if isinstance(decoded, dict) else {"items": decoded}

    @asynccontextmanager
    async def stream(self, url: str, last_event_id: str | None) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of a live stream; Unanswered if it is refused or breaks."""
        headers = {**self._headers, "Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        what = f"GET {httpx.URL(url).path}"
        try:
            async with self._client.stream("GET", url, headers=headers, timeout=_STREAM_PATIENCE) as answer:
                if answer.is_error:
                    await answer.aread()
                    raise Unanswered(what, answer.status_code, _reason(answer))
                yield answer.aiter_lines()
        except httpx.HTTPError as error:
            raise Unanswered(what, None, f"the stream broke ({type(error).__name__})") from error


_STREAM_PATIENCE = httpx.Timeout(_SECONDS, read=60.0, pool=None)
"""A living stream sends a comment at least every 15 seconds."""


def new_client() -> httpx.AsyncClient:
    """The connections that all roles share; the caller closes it."""
    limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
    return httpx.AsyncClient(timeout=_SECONDS, limits=limits)


def _reason(answer: httpx.Response) -> str:
    """The problem's own words, or the status when there are none."""
    if "json" in answer.headers.get("content-type", ""):
        problem = answer.json()
        if isinstance(problem, dict) and "detail" in problem:
            return f"{answer.status_code} {problem['detail']}"
    return f"{answer.status_code} {answer.reason_phrase}"
