"""Configuration files: what `hub apply FILE` takes.

A file has sections, each a mapping from id to the fields of that document:

    pools:   {support: {…}}                    → PUT routing /v1/pools/support
    skills:  {german: {name: German}}          → PUT routing /v1/skills/german
    calendars: {office: {pool: support, …}}    → PUT routing /v1/calendars/office
    queues:  {sales: {pool: support, …}}       → PUT routing /v1/queues/sales
    agents:  {ann: {pool: support, …}}         → PUT routing /v1/agents/ann
    targets: {sales: {…}}                      → PUT metrics /v1/targets/sales

The fields are those of the API: each section names the body that its service takes, so a file is checked as a whole
before anything is sent, and what it leaves out is known as well as what it says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import yaml
from pydantic import TypeAdapter, ValidationError

from deploy.local.errors import WrongSetting
from services.metrics.targets_bodies import TargetsWanted
from services.routing.bodies import AgentWanted, CalendarWanted, QueueWanted, SkillWanted
from services.routing.domain.configuration import PoolSettings

Fields = Mapping[str, Any]
"""A document's fields as JSON has them."""

_TYPES_OF_PYDANTIC = ("[", "constrained-", "function-", "literal[")


@dataclass(frozen=True, kw_only=True)
class Section:
    """One kind of document. model: what PUT takes; key: the field of what GET lists that is the id.

    fixed: fields that stay as they were first set. unordered: lists in which the order says nothing. brief: lists of
    things with many fields, which are told without their defaults.
    """

    service: str
    model: Any
    key: str = "id"
    fixed: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    brief: tuple[str, ...] = ()

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.model)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of all fields."""
        return tuple(self._adapter.json_schema()["properties"])

    def whole(self, fields: Fields) -> Fields:
        """All of a document's fields as the service will have them, with defaults; ValidationError if one is wrong."""
        known = self._adapter.validate_json(orjson.dumps(fields))
        found: dict[str, Any] = self._adapter.dump_python(known, mode="json")
        told = self._adapter.dump_python(known, mode="json", exclude_defaults=True)
        found |= {name: told[name] for name in self.brief if name in told}
        return found | {name: sorted(found[name]) for name in self.unordered if found[name]}

    def configured(self, shown: Fields) -> Fields:
        """What is configured, all of it, of a document as the service shows it."""
        known = {name: shown[name] for name in self.names if name in shown}
        try:
            return self.whole(known)
        except ValidationError:
            return known  # it was set when other values were allowed, so it differs from whatever may be set now


SECTIONS: Mapping[str, Section] = {
    "pools": Section(service="routing", model=PoolSettings),
    "skills": Section(service="routing", model=SkillWanted),
    "calendars": Section(service="routing", model=CalendarWanted, fixed=("pool",)),
    "queues": Section(service="routing", model=QueueWanted, fixed=("pool",), brief=("rules",)),
    "agents": Section(service="routing", model=AgentWanted, fixed=("pool",), unordered=("queues",)),
    "targets": Section(service="metrics", model=TargetsWanted, key="queue", brief=("rules",)),
}
"""In this order, because a document may name only what is there: queues and agents name pools and skills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """fields: as the file has them, which is what is sent. whole: all fields, as they will be."""

    section: str
    id: str
    fields: Fields
    whole: Fields

    @property
    def name(self) -> str:
        return f"{self.section}.{self.id}"

    @property
    def service(self) -> str:
        return SECTIONS[self.section].service

    @property
    def path(self) -> str:
        return f"/v1/{self.section}/{quote(self.id, safe='')}"


def read_documents(file: Path) -> list[Document]:
    """Read a configuration file in the order to apply it. Raise WrongSetting when it is not one."""
    content = _content(file)
    given = [one for name in SECTIONS for one in _given(file, name, content.get(name))]
    documents: list[Document] = []
    wrong: list[str] = []
    for section, key, fields in given:
        try:
            plain = orjson.loads(orjson.dumps(fields, option=orjson.OPT_NON_STR_KEYS))
            documents.append(Document(section=section, id=key, fields=plain, whole=SECTIONS[section].whole(plain)))
        except orjson.JSONEncodeError as error:
            wrong.append(f"{section}.{key}: has something that JSON has not ({error})")
        except ValidationError as error:
            wrong += [f"{section}.{key}{complaint}" for complaint in _complaints(SECTIONS[section], error)]
    if wrong:
        raise WrongSetting("\n  ".join((f"{file} is not right, so nothing of it was applied:", *wrong)))
    return documents


def _content(file: Path) -> Mapping[str, Any]:
    """The sections."""
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WrongSetting(f"{file} cannot be read as YAML: {error}") from error
    if not isinstance(content, dict) or not content:
        raise WrongSetting(f"{file} holds no configuration; it needs sections such as {', '.join(SECTIONS)}.")
    for section in content:
        if section not in SECTIONS:
            raise WrongSetting(f"{file} has an unknown section {section!r}; there are {', '.join(SECTIONS)}.")
    return content


def _given(file: Path, section: str, documents: object) -> Iterator[tuple[str, str, Mapping[Any, Any]]]:
    if documents is None:
        return
    if not isinstance(documents, dict):
        raise WrongSetting(f"{file}: {section} must map ids to fields.")
    for key, fields in documents.items():
        if not isinstance(fields, dict):
            raise WrongSetting(f"{file}: {section}.{key} must have fields.")
        yield section, str(key), fields


def _complaints(section: Section, error: ValidationError) -> Iterator[str]:
    """`.field: reason` of each field that is wrong."""
    reasons: dict[str, list[str]] = {}
    for one in error.errors(include_url=False, include_input=False):
        parts = [str(part) for part in one["loc"] if not str(part).startswith(_TYPES_OF_PYDANTIC)]
        reason = one["msg"]
        if one["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            reason = "There is no such field" + (f"; there are {', '.join(section.names)}" if len(parts) == 1 else "")
        reasons.setdefault("".join(f".{part}" for part in parts), []).append(reason)
    return (f"{field}: {'; or: '.join(found)}" for field, found in reasons.items())
