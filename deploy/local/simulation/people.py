"""Who gets in touch: people with several addresses, some of whom come back on another channel."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.local.simulation.chance import Chance, chance_for, happens

_FIRST = {
    "en": (
        *("Ann", "Ben", "Chloe", "Dev", "Ella", "Femi", "Grace", "Hugo", "Iris", "Jack", "Kate", "Liam", "Maya"),
        *("Noah", "Olive", "Priya", "Quinn", "Rosa", "Sam", "Tess", "Uma", "Vera", "Will", "Zoe"),
    ),
    "de": ("Anke", "Bernd", "Clara", "Dirk", "Elif", "Franz", "Greta", "Hannes", "Jörg", "Käthe", "Lotte", "Uwe"),
}
_LAST = {
    "en": ("Abbott", "Brown", "Clarke", "Diaz", "Evans", "Foster", "Grant", "Hughes", "Khan", "Lee", "Moore", "Okoro"),
    "de": ("Bauer", "Çelik", "Fischer", "Groß", "Huber", "König", "Müller", "Schäfer", "Vogel", "Weiß"),
}
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ç": "c"})

# Numbers of North American areas end in 555-0100 to 555-0199 only in fiction; these areas exist.
_AREAS = (201, 202, 212, 213, 302, 303, 305, 312, 404, 408, 415, 503, 512, 602, 614, 617, 702, 713, 801, 917)
POPULATION_LIMIT = len(_AREAS) * 100
_GERMAN_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer and the addresses they have. visitor: how the web site knows them; handle: on the social network."""

    number: int
    name: str
    language: str
    email: str
    phone: str
    visitor: str
    handle: str

    def identity(self, channel: str) -> str:
        """The address they use on a channel, as the hub writes it."""
        match channel:
            case "email":
                return f"email:{self.email}"
            case "phone":
                return f"phone:{self.phone}"
            case "chat":
                return f"webchat:{self.visitor}"
            case "social":
                return f"mastodon:{self.handle}"
            case _:
                return f"shop:C-{self.number:05d}"


def person(seed: int, number: int) -> Person:
    """The person of that number in the population of that seed. Raise ValueError beyond POPULATION_LIMIT."""
    if not 0 <= number < POPULATION_LIMIT:
        raise ValueError(f"The population ends at {POPULATION_LIMIT} people.")
    chance = chance_for(seed, "person", number)
    language = "de" if happens(chance, _GERMAN_SHARE) else "en"
    first, last = chance.choice(_FIRST[language]), chance.choice(_LAST[language])
    word = f"{first}.{last}".lower().translate(_PLAIN)
    area, line = divmod(number, 100)
    return Person(
        number=number,
        name=f"{first} {last}",
        language=language,
        email=f"{word}.{number}@{'beispiel' if language == 'de' else 'mail'}.example",
        phone=f"+1{_AREAS[area]}555{100 + line:04d}",
        visitor=f"visitor-{seed}-{number}",
        handle=f"{word.replace('.', '_')}{number}@social.example",
    )


class Population:
    """Draws who gets in touch next. Not more people than `size`; a part of them come back soon."""

    def __init__(self, seed: int, size: int, returning: float) -> None:
        self._seed = seed
        self._size = size
        self._returning = returning
        self._known: list[int] = []

    def draw(self, chance: Chance) -> tuple[Person, bool]:
        """The next person, and whether they have been in touch before in this run."""
        if len(self._known) >= _FEW and happens(chance, self._returning):
            number = chance.choice(self._known[-_RECENT:])
        else:
            number = chance.randrange(self._size)
        known = number in self._known
        if not known:
            self._known.append(number)
        return person(self._seed, number), known


_FEW, _RECENT = 12, 60
"""Nobody comes back before so many people have come; those who do are among the last ones who came."""


def other_channel(chance: Chance, channels: Sequence[str], before: str) -> str:
    """A channel other than the one before, where there is one."""
    others = [channel for channel in channels if channel != before]
    return chance.choice(others) if others else before
