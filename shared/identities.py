"""One spelling for every address, so that the same person's messages meet under one identity.

Email is lower-cased with its domain in IDNA, phone numbers are E.164, a handle of a network where case does not matter
is lower-cased without its @; every other kind stays as given.

    WrongIdentity  (what was given is no address of its kind: the sender must mend it)
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna
import phonenumbers

MAX_LENGTH = 400
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")
_HANDLES = frozenset(("bluesky", "instagram", "mastodon", "tiktok", "twitter", "x"))
_PLUS = ("+", "\N{FULLWIDTH PLUS SIGN}")
_LOCAL_PART = re.compile(r'"[^"\s]*(?: [^"\s]*)*"|[^\s"<>@]+')
_LOOSE_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")


class WrongIdentity(Exception):
    """The reason says what is wrong, without the address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Normalised:
    """identity: the one spelling. assumed_region: the country that a phone number without one was taken to be of."""

    identity: str
    assumed_region: str | None = None


class Identities:
    """Normalises identities. default_region: ISO 3166 country of phone numbers without a country code, if any."""

    def __init__(self, default_region: str | None = None) -> None:
        self._region = default_region
        self.normal = lru_cache(maxsize=100_000)(self._normal)

    def _normal(self, identity: str) -> Normalised:
        kind, colon, address = identity.partition(":")
        if not colon or not _KIND.fullmatch(kind):
            raise WrongIdentity("is not kind:address with a kind such as email or phone (small letters, digits, -)")
        if not _PRINTABLE.fullmatch(address) or address != address.strip():
            raise WrongIdentity("has no address, or spaces around it, or control characters in it")
        match kind:
            case "email":
                normal = Normalised(f"email:{normal_email(address)}")
            case "phone":
                normal = self._phone(address)
            case _ if kind in _HANDLES and address.lstrip("@"):
                normal = Normalised(f"{kind}:{unicodedata.normalize('NFC', address.lstrip('@')).lower()}")
            case _:
                normal = Normalised(identity)
        if len(normal.identity) > MAX_LENGTH:
            raise WrongIdentity(f"is longer than {MAX_LENGTH} characters")
        return normal

    def _phone(self, address: str) -> Normalised:
        region = None if address.lstrip("( ").startswith(_PLUS) else self._region
        try:
            number = phonenumbers.parse(address, region)
        except phonenumbers.NumberParseException as error:
            advice = "is no phone number; give it with + and the country code, such as +4930123456"
            raise WrongIdentity(advice) from error
        if not phonenumbers.is_possible_number(number):
            raise WrongIdentity("has too few or too many digits for its country")
        return Normalised(f"phone:{phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}", region)


def country_code(region: str | None) -> str | None:
    """The digits that phone numbers of a region (ISO 3166) begin with, such as `49`; None without a region."""
    code = phonenumbers.country_code_for_region(region) if region else 0
    return str(code) if code else None


def normal_email(address: str) -> str:
    """The address in small letters with its domain in IDNA (`Ann@Bücher.example` → `ann@xn--bcher-kva.example`)."""
    local, at, domain = address.rpartition("@")
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
    if not at or not _LOCAL_PART.fullmatch(local):
        raise WrongIdentity("is no email address; give it as name@domain, without a display name")
    return f"{local}@{_normal_domain(domain)}"


def _normal_domain(domain: str) -> str:
    try:
        return idna.encode(domain.rstrip("."), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        loose = domain.rstrip(".").lower()
        if _LOOSE_DOMAIN.fullmatch(loose):  # no host name, but mail comes from such domains
            return loose
        raise WrongIdentity("has an email domain that does not exist") from error
