"""Who is compared with whom: records that share a key, where not too many do; and what is made of their likeness."""

import re
from collections.abc import Collection, Iterable, Mapping

from services.profile.domain.likeness import Person, likeness

EVIDENCE = "similar_name_and_postcode"

MOST_OF_A_KEY = 50
"""A key that more records share than this tells nothing (a placeholder for a postcode): nobody is compared by it."""

MOST_SUGGESTED = 20
"""So many suggestions at most are made when something is told of an identity: the likeliest."""

NOTABLE = 0.05
"""A score that changes by less is not told again."""

_GIVEN, _FAMILY, _NAME, _POSTCODE, _STREET = "given_name", "family_name", "name", "postcode", "street"
_BIRTHDAYS = ("birthday", "date_of_birth")
ATTRIBUTES = frozenset((_GIVEN, _FAMILY, _NAME, _POSTCODE, _STREET, *_BIRTHDAYS))
"""The attributes of an identity that it is compared by, beside the names it was told."""

_MOST_NAMES = 5
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")


def person(attributes: Mapping[str, str], names: Iterable[str]) -> Person | None:
    """What an identity tells of a person; None if that is not enough to compare it with others.

    attributes: by name, those of ATTRIBUTES. A birthday that is written in another way than 1980-12-24 is left out.
    """
    own = " ".join(attributes[part] for part in (_GIVEN, _FAMILY) if part in attributes)
    born = (attributes.get(name, "").strip() for name in _BIRTHDAYS)
    told = Person(
        names=tuple(dict.fromkeys(filter(None, (own, attributes.get(_NAME), *names))))[:_MOST_NAMES],
        postcode=attributes.get(_POSTCODE),
        born=next((day for day in born if _DAY.fullmatch(day)), None),
        street=attributes.get(_STREET),
    )
    return told if told.postcode or told.born or told.street else None


def crowded(groups: Mapping[str, Collection[str]]) -> set[str]:
    """The keys that too many share. groups: by key, the records that have it."""
    return {key for key, records in groups.items() if len(records) > MOST_OF_A_KEY}


def rivals(groups: Mapping[str, Collection[str]], told: Collection[str]) -> set[tuple[str, str]]:
    """The pairs to compare, each in the order of the records' names: those that share a key with one of `told`."""
    left_out = crowded(groups)
    return {
        (min(one, other), max(one, other))
        for key, records in groups.items()
        if key not in left_out
        for one in records
        if one in told
        for other in records
        if one != other
    }


def score(one: Person, other: Person) -> float:
    """What a suggestion that they are one person is ranked by; 0 if there is no ground for one."""
    return round(likeness(one, other) or 0.0, 6)
