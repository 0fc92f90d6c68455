"""What a running hub is configured with: read from the APIs of its services, and changed there.

ServerError
└── ApplyStopped  (a service refused a document, or did not answer: what came before it is applied)
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Self

import httpx
from rich.console import Console
from rich.progress import track

from deploy.local.configuration import SECTIONS, Document, Fields
from deploy.local.errors import ServerError
from deploy.local.services import service
from deploy.local.settings import LocalSettings
from deploy.local.tokens import local_token

_SECONDS = 10.0
_PAGE = 500
_NAMED = 20
_TOKEN = timedelta(minutes=1)


class ApplyStopped(ServerError):
    """applied: the documents that were sent before; left: how many were not, the one that stopped it among them."""

    def __init__(self, reason: str, applied: Sequence[Document], left: int) -> None:
        names = [document.name for document in applied[:_NAMED]]
        if len(applied) > _NAMED:
            names.append(f"{len(applied) - _NAMED} more")
        before = f"Applied before that: {', '.join(names)}." if names else "Nothing was applied before."
        super().__init__(
            f"{reason}\n{before} Not applied: {left}. Mend it and apply the file again; only what differs is sent."
        )


class Configured:
    """The configuration of a hub, spoken to as an administrator."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._client = httpx.Client(timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def has_any(self, section: str) -> bool:
        """Whether there is a document in the section."""
        return bool(self._page(section, None)["items"])

    def documents(self, section: str) -> dict[str, Fields]:
        """All of a section's documents with all their fields, by id."""
        kind = SECTIONS[section]
        found: dict[str, Fields] = {}
        cursor: str | None = None
        while True:
            page = self._page(section, cursor)
            for shown in page["items"]:
                found[shown[kind.key]] = kind.configured(shown)
            cursor = page["next"]
            if cursor is None:
                return found

    def send(self, documents: Sequence[Document], console: Console | None = None) -> None:
        """Send the documents in this order. Raise ApplyStopped at the first that is not taken."""
        shown = track(
            documents, "Applying", console=console, transient=True, disable=not (console and console.is_terminal)
        )
        for number, document in enumerate(shown):
            try:
                answer = self._ask(document.service, "PUT", document.path, json=document.fields)
            except ServerError as error:
                reason = f"Whether {document.name} was applied is not known: {error}"
                raise ApplyStopped(reason, documents[:number], len(documents) - number) from error
            if answer.is_error:
                reason = f"{document.service} refuses {document.name}: {_reason(answer)}"
                raise ApplyStopped(reason, documents[:number], len(documents) - number)

    def _page(self, section: str, cursor: str | None) -> Any:  # noqa: ANN401 (any JSON)
        name = SECTIONS[section].service
        params: dict[str, str | int] = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
        answer = self._ask(name, "GET", f"/v1/{section}", params=params)
        if answer.is_error:
            raise ServerError(f"{name} does not tell its {section}: {_reason(answer)}")
        return answer.json()

    def _ask(self, name: str, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 (httpx's options)
        token = local_token(self._settings.secrets_dir, "admin", "hub-apply", _TOKEN)
        url = f"{service(name).http(self._settings)}{path}"
        try:
            return self._client.request(method, url, headers={"Authorization": f"Bearer {token}"}, **more)
        except httpx.HTTPError as error:
            raise ServerError(
                f"{name} does not answer ({error}); start the hub with `hub up`, then try again."
            ) from error


def _reason(answer: httpx.Response) -> str:
    """The problem's own words, field by field where it names fields, or the status when it says nothing."""
    if "json" not in answer.headers.get("content-type", ""):
        return f"HTTP {answer.status_code}"
    problem = answer.json()
    fields = [f"{error.get('field')}: {error.get('reason')}" for error in problem.get("errors", [])]
    return f"{'; '.join(fields) or problem.get('detail', '')} (HTTP {answer.status_code})"
