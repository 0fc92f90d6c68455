"""What an identity is found by: keys of one index, made once, when the identity is first seen.

A key begins with what it is: `=` the whole address, `~` what begins within it, `n` a word of a name. So whatever part
of an address or number somebody types, looking for it is looking for keys that begin so, and nothing is scanned.

An address is found from each of its parts on (`ann.lee@shop.example` from `ann`, `lee`, `shop` and `example`), a phone
number from each of its digits on.
"""

import re
from collections.abc import Iterable

import idna

from shared.spelling import spellings

WHOLE, WITHIN, NAMED = "=", "~", "n"

LEAST_PART = 3
"""Characters of an address that somebody has to type to find it by a part of it."""

LEAST_DIGITS = 4
"""Digits of a number that somebody has to type to find it by a part of it."""

_MOST_PARTS = 12
_LONG = 24
_PART = re.compile(r"(?<=[^\w]|_)(?=\w)")
_PART_OF_SHORT = re.compile(r"(?<=[^\w]|_)(?=\w)|(?<=[^\W\d])(?=\d)")


def address_keys(kind: str, address: str) -> list[str]:
    """The keys of an address such as `ann@x.org` or `+4915112345678`."""
    if kind == "phone":
        return [WHOLE + address, *(WITHIN + part for part in _digits_from_each_on(address.lstrip("+")))]
    keys: dict[str, None] = {}
    for written in _written(address):
        for spelling in spellings(written.removeprefix("@")):
            keys[WHOLE + spelling] = None
            keys |= dict.fromkeys(WITHIN + part for part in _parts(spelling))
    return list(keys)


def name_keys(words: Iterable[str]) -> list[str]:
    """The keys of the words of names."""
    return [NAMED + word for word in words]


def _digits_from_each_on(digits: str) -> list[str]:
    return [digits[start:] for start in range(1, len(digits) - LEAST_DIGITS + 1)]


def _parts(address: str) -> list[str]:
    """Where digits follow letters, a part begins too (`kd12345`), but not in what only machines read."""
    starts = (_PART if len(address) > _LONG else _PART_OF_SHORT).finditer(address)
    parts = (address[found.start() :] for found in starts if found.start())
    return [part for part in parts if len(part) >= LEAST_PART][:_MOST_PARTS]


def _written(address: str) -> list[str]:
    """The address, and if its domain has umlauts, the address as people read it too."""
    if "xn--" not in address:
        return [address]
    local, at, domain = address.rpartition("@")
    try:
        return [address, f"{local}{at}{idna.decode(domain)}"]
    except idna.IDNAError:
        return [address]
