"""Posts to a webhook's address: no redirect is followed, and nothing of the answer but its status is looked at."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import httpx

_TIMEOUT_SECONDS = 10.0


class Posting:
    """An HTTP client for webhooks, as an async context manager."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(timeout=None, follow_redirects=False)  # noqa: S113 (asyncio.timeout covers the whole exchange)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> str | None:
        """Why the receiver did not take the body; None if it did."""
        try:
            async with (
                asyncio.timeout(_TIMEOUT_SECONDS),
                self._client.stream("POST", url, content=body, headers=dict(headers)) as response,
            ):
                status = response.status_code
        except TimeoutError:
            return f"it did not answer within {_TIMEOUT_SECONDS:.0f} s"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{type(error).__name__}: {error}"[:300]
        if 200 <= status < 300:
            return None
        redirect = "; redirects are not followed" if 300 <= status < 400 else ""
        return f"it answered {status}{redirect}"
