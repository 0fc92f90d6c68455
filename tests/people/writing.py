"""How a person's name, address and birthday get into a record: as they were then, and with somebody's typing errors."""

import unicodedata
from datetime import datetime
from random import Random
from string import ascii_lowercase

from services.profile.domain.likeness import Person as Told
from tests.people.population import Person

SHARES = {
    "name_mistyped": 0.06,
    "street_mistyped": 0.10,
    "postcode_mistyped": 0.02,
    "birth_mistyped": 0.02,
    "initial": 0.04,
    "swapped": 0.04,
    "without_accents": 0.15,
    "street_told": 0.60,
}
"""How many of the records have it."""


def written(random: Random, person: Person, at: datetime, *, born: bool) -> Told:
    """What somebody wrote down at that moment; the day of birth only if `born`."""
    married = person.maiden is None or at >= person.married
    home = person.former if person.former and at < person.moved else person.household.home
    street = _perhaps_mistyped(random, "street_mistyped", home.street)
    return Told(
        names=(_name(random, person.given, person.family if married else person.maiden or person.family),),
        postcode=_perhaps_mistyped(random, "postcode_mistyped", home.postcode),
        born=_perhaps_mistyped(random, "birth_mistyped", person.born.isoformat()) if born else None,
        street=street if random.random() < SHARES["street_told"] else None,
    )


def _name(random: Random, given: str, family: str) -> str:
    given = _perhaps_mistyped(random, "name_mistyped", given)
    family = _perhaps_mistyped(random, "name_mistyped", family)
    if random.random() < SHARES["initial"]:
        given = f"{given[0]}."
    if random.random() < SHARES["without_accents"]:
        decomposed = unicodedata.normalize("NFKD", f"{given} {family}")
        return "".join(character for character in decomposed if not unicodedata.combining(character))
    if random.random() < SHARES["swapped"]:
        return random.choice((f"{family} {given}", f"{family}, {given}"))
    return f"{given} {family}"


def _perhaps_mistyped(random: Random, how: str, text: str) -> str:
    """One key wrong, missing, twice, or two in the wrong order; a digit stays a digit."""
    if random.random() >= SHARES[how] or len(text) < 3:
        return text
    place = random.randrange(1, len(text) - 1)
    wrong = random.choice("0123456789" if text[place].isdigit() else ascii_lowercase)
    middle = random.choice((wrong, "", text[place] * 2, text[place + 1] + text[place]))
    rest = text[place + 2 :] if len(middle) == 2 and middle[0] == text[place + 1] else text[place + 1 :]
    return text[:place] + middle + rest
