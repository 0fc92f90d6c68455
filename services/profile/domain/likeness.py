"""How alike two records of people are: the ground for suggesting to an agent that they are one. Never linked by it.

Each field that both records tell speaks for or against: the points below are, roughly, the binary logarithm of how
much more often the field looks so in two records of one person than in two of strangers. Their sum becomes a
likeness between 0 and 1; a field that is missing says nothing. A record is looked up by its `keys`, so that nobody
is compared with everybody.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import Literal

from jellyfish import damerau_levenshtein_distance, metaphone

THRESHOLD = 0.6
"""From here on a pair is suggested. A full name and a postcode that agree are enough, also with one typing error."""

_EVEN = 14.0
"""With so many points it is as likely as not that the two are one person, which is a likeness of one half."""

_SAME_WORD, _MISTYPED_WORD, _INITIAL, _DOUBTFUL_WORD = 6.0, 3.5, 2.5, -2.0
_OTHER_FAMILY_NAME, _OTHER_GIVEN_NAME, _ONE_WORD_MORE = -4.0, -12.0, -0.5
_SAME_POSTCODE, _MISTYPED_POSTCODE, _OTHER_POSTCODE = 6.0, 3.0, -3.0
_SAME_BIRTH, _MISTYPED_BIRTH, _OTHER_BIRTH = 9.0, 5.0, -12.0
_SAME_STREET, _OTHER_STREET = 2.0, -1.0

_WORD = re.compile(r"[^\W\d_]+")
_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "miss", "herr", "frau", "familie", "family", "von", "van", "de"})
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "œ": "oe", "þ": "th"})
_MOST_WORDS, _LONG = 5, 8


Agreement = Literal["same", "similar", "different"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a record tells of a person, as it was written. names: each a full name, "Ann Lee" or "Lee, Ann".

    born: year, month and day, as 1980-12-24 or 19801224. street: with the number of the house.
    """

    names: tuple[str, ...]
    postcode: str | None = None
    born: str | None = None
    street: str | None = None


def keys(person: Person) -> list[str]:
    """What the record is stored and looked up under: two records that share no key are never compared.

    Each key is two things that have to agree: the sound of a word of the names with the postcode, the day of birth or
    the street, or the postcode with the day of birth. So a postcode that changed or was mistyped is found too, if one
    of the others is known. A name of two words and all of these make seven keys.
    """
    sounds = {metaphone(word) or word for name in person.names for word in _words(name) if len(word) > 1}
    postcode, born = _plain(person.postcode), _digits(person.born)
    told = [mark for mark in (f"p{postcode}", f"b{born}", f"s{_plain(person.street)}") if len(mark) > 1]
    with_names = {f"{mark}/{sound}" for mark in told for sound in sounds}
    without_names = {f"p{postcode}/b{born}"} if sounds and postcode and born else set()
    return sorted(with_names | without_names)


def likeness(one: Person, other: Person) -> float | None:
    """From 0 (strangers) to 1 (surely one person); None below THRESHOLD. Which is asked first does not matter."""
    name = max((_of_names(_words(a), _words(b)) for a in one.names for b in other.names), default=0.0)
    if name <= 0.0:
        return None  # whatever else agrees, they are one household, or twins
    points = (
        name
        + _of_postcodes(_plain(one.postcode), _plain(other.postcode))
        + _of_births(_digits(one.born), _digits(other.born))
        + _of_streets(_plain(one.street), _plain(other.street))
    )
    found = 1.0 / (1.0 + 2.0 ** (_EVEN - points))
    return found if found >= THRESHOLD else None


def agreement(one: Person, other: Person) -> dict[str, Agreement]:
    """How each field agrees that both tell: what somebody should look at before taking them for one person."""
    found: dict[str, Agreement] = {"name": _name_agreement(one, other)}
    for name, mine, others, points, same in (
        ("postcode", _plain(one.postcode), _plain(other.postcode), _of_postcodes, _SAME_POSTCODE),
        ("birthday", _digits(one.born), _digits(other.born), _of_births, _SAME_BIRTH),
        ("street", _plain(one.street), _plain(other.street), _of_streets, _SAME_STREET),
    ):
        if mine and others:
            alike: Agreement = "similar" if 0 < points(mine, others) <= same else "different"
            found[name] = "same" if mine == others else alike
    return found


def _name_agreement(one: Person, other: Person) -> Agreement:
    mine, others = ({_words(name) for name in person.names} for person in (one, other))
    return "same" if mine & others else "similar"


@lru_cache(maxsize=65_536)
def _words(name: str) -> tuple[str, ...]:
    """The words of a name without accents and titles, the family name last."""
    family, comma, given = name.partition(",")
    found = [word for word in _WORD.findall(_folded(f"{given} {family}" if comma else name)) if word not in _TITLES]
    return tuple(found[:_MOST_WORDS])


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _of_names(one: Sequence[str], other: Sequence[str]) -> float:
    """Every word of the shorter name beside a word of the longer one, as they fit best: order does not matter."""
    few, many = sorted((tuple(one), tuple(other)), key=lambda words: (len(words), words))
    if not few:
        return 0.0
    apart = max(_of_pairs(few, many, chosen) for chosen in permutations(range(len(many)), len(few)))
    return max(apart, 2 * _MISTYPED_WORD) if _are_torn("".join(one), "".join(other)) else apart


def _are_torn(one: str, other: str) -> bool:
    """Whether they are one name, written with a space too many or too few."""
    shorter = min(len(one), len(other))
    return shorter >= _LONG and damerau_levenshtein_distance(one, other) <= shorter // _LONG


def _of_pairs(few: Sequence[str], many: Sequence[str], chosen: Sequence[int]) -> float:
    """The points of one way to lay the words side by side. The last word of both is taken for a family name."""
    points = _ONE_WORD_MORE * (len(many) - len(few))
    for place, other in enumerate(chosen):
        last = place == len(few) - 1 and other == len(many) - 1 and len(few) > 1
        points += _of_words(few[place], many[other], last=last)
    return points


def _of_words(one: str, other: str, *, last: bool) -> float:
    if one == other:
        return _INITIAL if len(one) == 1 else _SAME_WORD
    if 1 in (len(one), len(other)) and one[0] == other[0]:
        return _INITIAL
    errors, longer = damerau_levenshtein_distance(one, other), max(len(one), len(other))
    if errors <= longer // 4:  # letters that changed places are one error
        return _MISTYPED_WORD
    if errors <= longer * 2 // 5:
        return _DOUBTFUL_WORD
    return _OTHER_FAMILY_NAME if last else _OTHER_GIVEN_NAME


def _of_postcodes(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return _SAME_POSTCODE
    return _MISTYPED_POSTCODE if damerau_levenshtein_distance(one, other) == 1 else _OTHER_POSTCODE


def _of_births(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return _SAME_BIRTH
    swapped = one[:4] + one[6:] + one[4:6]
    mistyped = swapped == other or damerau_levenshtein_distance(one, other) == 1
    return _MISTYPED_BIRTH if mistyped else _OTHER_BIRTH


def _of_streets(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    alike = damerau_levenshtein_distance(one, other) <= max(len(one), len(other)) // 5
    return _SAME_STREET if alike else _OTHER_STREET


def _plain(text: str | None) -> str:
    return "".join(_parts(text or ""))


def _parts(text: str) -> Iterator[str]:
    return (character for character in _folded(text) if character.isalnum())


def _digits(text: str | None) -> str:
    return "".join(character for character in text or "" if character.isdigit())
