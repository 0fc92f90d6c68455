"""What a hub hears of the people in three years: claims, some of them wrong, and records with their typing errors.

A claim is wrong if its two sides never belonged to the one who is meant: a partner's number given in a chat, a row of
an import with a stranger's address, an agent's slip. Whoever uses this knows which; a hub does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from services.profile.domain.likeness import Person as Told
from tests.oracle.people import Claim, Side
from tests.people.population import END, START, Person, Population, populate, role_mailbox, switchboard
from tests.people.writing import written

SHARES = {
    "login_bound_to_crm": 0.60,
    "visitor_logged_in": 0.35,
    "visitor_gave_address": 0.30,
    "form_with_number": 0.25,
    "handle_known_to_agent": 0.50,
    "old_and_new_mail": 0.60,
    "withheld": 0.03,
    "gave_landline": 0.10,
    "gave_partners_number": 0.04,
    "gave_mistyped_number": 0.004,
    "imported_partners_number": 0.006,
    "agents_slip": 0.005,
    "visitor_told_name": 0.50,
}
"""How many of the contacts that it could concern are so."""

WITHHELD = "phone:anonymous"
_STANDINGS = {"crm": "unique", "login": "unique", "ip": "weak"}
_ROLES = ("info", "sales")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was written at a moment of the person with this number."""

    at: datetime
    person: int
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """claims: as the hub gets them, oldest first. owners: who each identity belongs to, one person or several.

    wrong: ids of the claims that are not true. told: by identity, what was last written of the person behind it.
    """

    claims: tuple[Claim, ...]
    owners: dict[str, frozenset[int]]
    wrong: frozenset[str]
    told: dict[str, Record]


def heard(seed: int, size: int) -> Heard:
    """About 1.5 claims a person, of at least `size` people."""
    population = populate(seed, size)
    hub = _Hub(Random(seed + 1), population)
    for person in population.people:
        hub.hear(person)
    owners = population.owners()
    owners |= {
        identity: frozenset({-1, -2})  # those of companies and of nobody in particular are everybody's
        for claim, _ in hub.claims
        for identity in (claim.first.identity, claim.second.identity)
        if identity not in owners
    }
    wrong = frozenset(claim.id for claim, true in hub.claims if not true)
    claims = tuple(sorted((claim for claim, _ in hub.claims), key=lambda claim: (claim.at, claim.id)))
    return Heard(claims=claims, owners=owners, wrong=wrong, told=hub.told)


def side(identity: str) -> Side:
    """An identity as the rules of an ordinary hub classify it."""
    kind, _, address = identity.partition(":")
    standing = _STANDINGS.get(kind, "strong")
    if address == "anonymous":
        standing = "blocked"
    elif address.partition("@")[0] in _ROLES or identity.startswith("phone:+49305"):
        standing = "shared"
    return Side(identity=identity, kind=kind, standing=standing)


class _Hub:
    def __init__(self, random: Random, population: Population) -> None:
        self._random = random
        self._people = population.people
        self.claims: list[tuple[Claim, bool]] = []
        self.told: dict[str, Record] = {}

    def hear(self, person: Person) -> None:
        """Everything of this person's three years."""
        self._imports(person)
        self._logins(person)
        for visitor in (*person.visitors, *filter(None, [person.household.browser])):
            self._chats(person, visitor)
        if person.mails and self._does("form_with_number"):
            self._claim(person, "web_form", self._mail(person), self._number(person))
        if person.handle and self._does("handle_known_to_agent"):
            stranger = self._does("agents_slip")
            self._claim(person, "agent", person.handle, self._mail(self._anybody() if stranger else person))
        if len(person.mails) > 1 and self._does("old_and_new_mail"):
            self._claim(person, "agent", person.mails[-1], person.mails[0])
        if person.company is not None:
            self._works(person, person.company)

    def _imports(self, person: Person) -> None:
        for crm in person.crms:
            partner = person.partners[0] if person.partners and self._does("imported_partners_number") else person
            number = partner.mobile or partner.household.landline
            at = self._claim(person, "import", crm, self._mail(person))
            at = self._claim(person, "import", crm, number, at) or at
            self._tell(person, crm, at, born=0.6)

    def _logins(self, person: Person) -> None:
        if not person.login:
            return
        at = self._claim(person, "verified_login", person.login, person.mails[0] if person.mails else None)
        self._tell(person, person.login, at, born=0.3)
        if person.crms and self._does("login_bound_to_crm"):
            self._claim(person, "verified_login", person.login, person.crms[0])
        if self._random.random() < 0.2:
            address = f"ip:10.{person.number % 50}.0.{self._random.randrange(4)}"
            self._claim(person, "verified_login", person.login, address)

    def _chats(self, person: Person, visitor: str) -> None:
        if person.login and self._does("visitor_logged_in"):
            self._claim(person, "verified_login", visitor, person.login)
        if self._does("visitor_gave_address"):
            given = self._mail(person) if self._random.random() < 0.4 else self._number_given(person)
            at = self._claim(person, "given_in_chat", visitor, given)
            if self._does("visitor_told_name"):
                self._tell(person, visitor, at, born=0.0)

    def _works(self, person: Person, company: int) -> None:
        mailbox = role_mailbox(company, self._random.choice(_ROLES))
        self._claim(person, "web_form", mailbox, self._number(person))
        if self._random.random() < 0.5:
            self._claim(person, "agent", switchboard(company), self._mail(person))
        if self._random.random() < 0.3:
            self._claim(person, "agent", mailbox, person.crms[0] if person.crms else None)

    def _mail(self, person: Person) -> str | None:
        return self._random.choice(person.mails) if person.mails else None

    def _number(self, person: Person) -> str | None:
        if self._does("withheld"):
            return WITHHELD
        if person.household.landline and self._does("gave_landline"):
            return person.household.landline
        return person.mobile or person.household.landline

    def _number_given(self, person: Person) -> str | None:
        if person.partners and self._does("gave_partners_number"):
            return self._random.choice(person.partners).mobile
        return self._anybody().mobile if self._does("gave_mistyped_number") else self._number(person)

    def _anybody(self) -> Person:
        return self._random.choice(self._people)

    def _claim(
        self, person: Person, evidence: str, first: str | None, second: str | None, at: datetime | None = None
    ) -> datetime | None:
        """Hears it at a moment when both sides were what they are said to be; nothing if a side is missing."""
        if not first or not second:
            return at
        moment = at or self._moment(person, first, second)
        number = f"{self._random.getrandbits(128):032x}"
        claim = Claim(id=number, first=side(first), second=side(second), evidence=evidence, at=moment)
        self.claims.append((claim, self._is_true(person, first, second)))
        return moment

    def _moment(self, person: Person, *identities: str) -> datetime:
        since = max((person.since.get(identity, START) for identity in identities), default=START)
        until = min((person.until.get(identity, END) for identity in identities), default=END)
        return since + (until - since) * self._random.random() if since < until else since

    @staticmethod
    def _is_true(person: Person, *identities: str) -> bool:
        return all(_may_use(person, identity) for identity in identities)

    def _tell(self, person: Person, identity: str, at: datetime | None, born: float) -> None:
        moment = at or self._moment(person)
        told = written(self._random, person, moment, born=self._random.random() < born)
        self.told[identity] = Record(at=moment, person=person.number, told=told)

    def _does(self, habit: str) -> bool:
        return self._random.random() < SHARES[habit]


def _may_use(person: Person, identity: str) -> bool:
    return identity in set(_own(person)) or not identity.startswith(("email:", "phone:")) or _is_public(identity)


def _own(person: Person) -> Iterator[str]:
    yield from person.mails
    yield from (number for number in (person.mobile, person.household.landline) if number)


def _is_public(identity: str) -> bool:
    return side(identity).standing in ("shared", "blocked")
