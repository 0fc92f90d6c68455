"""Languages as needs, beside skills: `language:de`, which no skill can be called.

A queue that matches languages asks of an agent the one that the customer is known for, as far as anybody in the pool
speaks it at all; otherwise the contact would wait for ever.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.contracts.values import PRIMARY_LANGUAGE

if TYPE_CHECKING:  # the state's agents have languages, so at run time the import goes the other way
    from services.routing.domain.state import Pool

_PREFIX = "language:"
ANY_LANGUAGE = "language:*"
"""In a ring: no language is asked any more."""


def primary(language: str | None) -> str | None:
    """The language of a BCP 47 tag without region and script: `de-AT` is `de`. None for what is no such tag."""
    code = (language or "").partition("-")[0].lower()
    return code if re.fullmatch(PRIMARY_LANGUAGE, code) else None


def is_language(need: str) -> bool:
    """Whether a need is a language and no skill."""
    return need.startswith(_PREFIX)


def abilities(skills: Mapping[str, int], languages: Mapping[str, int]) -> dict[str, int]:
    """What an agent can do, as needs ask it: skills and languages, with levels."""
    return {**skills, **{_PREFIX + language: level for language, level in languages.items()}}


def skills_of(abilities: Mapping[str, int]) -> dict[str, int]:
    """The part of an agent's abilities that is skills."""
    return {name: level for name, level in abilities.items() if not is_language(name)}


def language_asked(pool: "Pool", queue: str, language: str | None) -> dict[str, int]:
    """What the queue asks of those who serve a customer of this language, with the least level: one need, or none."""
    least, need = pool.queues[queue].match_language, f"{_PREFIX}{language}"
    if least is None or language is None or not pool.index.roster.skills[need]:
        return {}
    return {need: least}
