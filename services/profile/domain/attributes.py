"""What is known of a person: statements, each bound to an identity, with its source and time.

A customer's attribute is what was stated last of any of its identities; a consent is granted only if nobody said no.
So a merge shows all that is known and a split takes each statement back to the identity it was made of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TAG = "tag:"
CONSENT = "consent:"
SET = "yes"
GRANTED = "granted"
DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """identity: its hash. name: `postcode`, `tag:vip`, `consent:marketing`. value: None takes back what was stated.

    source: the evidence of the event that told (`verified_login`, `import`), or `agent`; by: the person who said it.
    event: the event's id, which decides between statements of one moment.
    """

    identity: str
    name: str
    value: str | None
    at: datetime
    source: str
    by: str | None
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """values: the last statement of each attribute; tags: those that are set; consents: the decisive one by purpose."""

    values: Mapping[str, Statement]
    tags: Mapping[str, Statement]
    consents: Mapping[str, Statement]


def statements(
    identity: str, content: Mapping[str, Any], at: datetime, source: str, event: str, by: str | None = None
) -> list[Statement]:
    """The statements in a content's `attributes`."""
    return [
        Statement(identity=identity, name=name, value=value, at=at, source=source, by=by, event=event)
        for name, value in (content.get("attributes") or {}).items()
    ]


def known(made: Iterable[Statement]) -> Attributes:
    """What a customer's statements come to; of each identity and name there is one, the last."""
    values: dict[str, Statement] = {}
    tags: dict[str, Statement] = {}
    consents: dict[str, Statement] = {}
    for one in sorted(made, key=lambda statement: (statement.at, statement.event)):
        if one.name.startswith(CONSENT):
            purpose = one.name.removeprefix(CONSENT)
            before = consents.get(purpose)
            if one.value is not None and (before is None or before.value == GRANTED or one.value != GRANTED):
                consents[purpose] = one
        elif one.name.startswith(TAG):
            tags[one.name.removeprefix(TAG)] = one
        else:
            values[one.name] = one
    return Attributes(values=_set(values), tags=_set(tags), consents=dict(sorted(consents.items())))


def _set(made: Mapping[str, Statement]) -> dict[str, Statement]:
    return {name: one for name, one in sorted(made.items()) if one.value is not None}
