"""Facts of a person that others may know, in the clear: segment, account manager and language, and nothing else.

They are business words about a customer, never what the customer said. What does not look like one (an address, a
sentence) is not told: whoever reads the log would see it for ever.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from services.profile.domain.claims import Moment
from shared.contracts.customers import CustomerDescribed, FactName, Facts
from shared.contracts.values import ID, LANGUAGE, SEGMENT

_SHAPES: Mapping[FactName, re.Pattern[str]] = {
    "segment": re.compile(SEGMENT),
    "account_manager": re.compile(ID),
    "language": re.compile(LANGUAGE),
}
NAMES: tuple[FactName, ...] = get_args(FactName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What was stated last of an identity. value: None where it no longer holds."""

    moment: Moment
    value: str | None


StatedFacts = dict[FactName, Stated]
"""The facts of one identity by name."""


def facts_in(attributes: Mapping[str, str | None]) -> Facts | None:
    """What these statements say of the facts, if they do; a value that may not stand in the clear makes them gone."""
    said = {name: attributes[name] for name in NAMES if name in attributes}
    clear = {name: value for name, value in said.items() if value is not None and is_clear(name, value)}
    return Facts(**clear, gone=tuple(name for name in said if name not in clear)) if said else None


def is_clear(name: FactName, value: str) -> bool:
    """Whether the value may stand in the clear."""
    return _SHAPES[name].fullmatch(value) is not None


def stated(before: StatedFacts, event: CustomerDescribed) -> StatedFacts:
    """The facts of an identity after a description; an older statement changes none."""
    moment, after = (event.at, event.cause), dict(before)
    for name in NAMES:
        value: str | None = getattr(event.facts, name)
        is_said = value is not None or name in event.facts.gone
        if is_said and (name not in before or before[name].moment < moment):
            after[name] = Stated(moment=moment, value=value)
    return after


def last_stated(of_members: Iterable[StatedFacts]) -> dict[FactName, str]:
    """What was stated last of any of a customer's identities, by name; nothing of what no longer holds."""
    last: StatedFacts = {}
    for facts in of_members:
        for name, one in facts.items():
            if name not in last or last[name].moment < one.moment:
                last[name] = one
    return {name: one.value for name, one in last.items() if one.value is not None}
