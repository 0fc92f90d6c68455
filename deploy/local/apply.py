"""Send a configuration file to the services: `hub apply FILE`.

The file has up to five sections, each a mapping from id to the fields of that document:

    skills:  {german: {name: German}}          → PUT routing /v1/skills/german
    pools:   {support: {…}}                    → PUT routing /v1/pools/support
    queues:  {sales: {pool: support, …}}       → PUT routing /v1/queues/sales
    agents:  {ann: {pool: support, …}}         → PUT routing /v1/agents/ann
    targets: {sales: {…}}                      → PUT metrics /v1/targets/sales

The fields are the API's own; the services check them. Applying a file again changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import yaml

from deploy.local.errors import ServerError, WrongSetting
from deploy.local.services import service
from deploy.local.settings import LocalSettings
from deploy.local.tokens import local_token

SAMPLE = Path(__file__).with_name("sample.yaml")

# In this order, because a document may name only what is there: queues and agents name pools and skills.
_SERVICE_OF = {"pools": "routing", "skills": "routing", "queues": "routing", "agents": "routing", "targets": "metrics"}
_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    section: str
    id: str
    fields: Mapping[str, Any]

    @property
    def service(self) -> str:
        return _SERVICE_OF[self.section]

    @property
    def path(self) -> str:
        return f"/v1/{self.section}/{quote(self.id, safe='')}"


def read_documents(file: Path) -> list[Document]:
    """Read a configuration file in the order to apply it. Raise WrongSetting when it is not one."""
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WrongSetting(f"{file} cannot be read as YAML: {error}") from error
    if not isinstance(content, dict) or not content:
        raise WrongSetting(f"{file} holds no configuration; it needs sections such as {', '.join(_SERVICE_OF)}.")
    for section in content:
        if section not in _SERVICE_OF:
            raise WrongSetting(f"{file} has an unknown section {section!r}; there are {', '.join(_SERVICE_OF)}.")
    return [document for section in _SERVICE_OF for document in _documents(file, section, content.get(section))]


def _documents(file: Path, section: str, content: object) -> Iterator[Document]:
    if content is None:
        return
    if not isinstance(content, dict):
        raise WrongSetting(f"{file}: {section} must map ids to fields.")
    for key, fields in content.items():
        if not isinstance(fields, dict):
            raise WrongSetting(f"{file}: {section}.{key} must have fields.")
        yield Document(section=section, id=str(key), fields=fields)


def apply_file(file: Path, settings: LocalSettings) -> int:
    """Send every document of the file and return how many. Raise ServerError at the first that is refused."""
    documents = read_documents(file)
    with _client(settings) as client:
        for document in documents:
            _put(client, settings, document)
    return len(documents)


def is_configured(settings: LocalSettings) -> bool:
    """True when routing knows at least one queue."""
    with _client(settings) as client:
        answer = _ask(client, settings, "routing", "GET", "/v1/queues")
        if answer.is_error:
            raise ServerError(f"routing does not tell its queues: {_reason(answer)}")
        return bool(answer.json()["items"])


def _client(settings: LocalSettings) -> httpx.Client:
    token = local_token(settings.secrets_dir, "admin", "hub-apply", timedelta(minutes=5))
    return httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=_SECONDS)


def _put(client: httpx.Client, settings: LocalSettings, document: Document) -> None:
    answer = _ask(client, settings, document.service, "PUT", document.path, document.fields)
    if answer.is_error:
        raise ServerError(f"{document.service} refuses {document.section}.{document.id}: {_reason(answer)}")


def _ask(
    client: httpx.Client,
    settings: LocalSettings,
    name: str,
    method: str,
    path: str,
    fields: Mapping[str, Any] | None = None,
) -> httpx.Response:
    try:
        return client.request(method, f"{service(name).http(settings)}{path}", json=fields)
    except httpx.HTTPError as error:
        raise ServerError(f"{name} does not answer ({error}); start the hub with `hub up`, then try again.") from error


def _reason(answer: httpx.Response) -> str:
    """The problem's own words, field by field where it names fields, or the status when it says nothing."""
    if "json" not in answer.headers.get("content-type", ""):
        return f"HTTP {answer.status_code}"
    problem = answer.json()
    fields = [f"{error.get('field')}: {error.get('reason')}" for error in problem.get("errors", [])]
    return f"{'; '.join(fields) or problem.get('detail', '')} (HTTP {answer.status_code})"
