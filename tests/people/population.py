"""People who live together, share what households share, move, marry, and hand their old numbers on.

Everything follows from a seed. The shares of each habit are in the table below: made up, of a size that contact
centres will recognise.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random

from faker import Faker

START = datetime(2023, 11, 1, tzinfo=UTC)
END = START + timedelta(days=3 * 365)

_LOCALES = ("de_DE", "en_GB", "fr_FR", "pl_PL")
_MAIL_HOSTS = ("postbox.net", "mailhaus.de", "courrier.fr", "poczta.pl", "letterbox.co.uk")
_PEOPLE_IN_A_POSTCODE = 100

SHARES = {
    "couple": 0.30,
    "family": 0.25,
    "landline": 0.50,
    "shared_mailbox": 0.15,
    "shared_browser": 0.06,
    "child_named_after_parent": 0.04,
    "twins": 0.03,
    "one_family_name": 0.75,
    "married_meanwhile": 0.10,
    "moved": 0.15,
    "mail": 0.95,
    "new_mail": 0.12,
    "mobile": 0.85,
    "reused_number": 0.02,
    "handle": 0.20,
    "crm": 0.70,
    "second_crm": 0.02,
    "login": 0.50,
    "employed": 0.06,
}
"""How many of the households or people that it could concern have the habit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    street: str
    postcode: str


@dataclass(slots=True, kw_only=True)
class Household:
    """landline, mailbox and browser are shared by all who live there."""

    home: Home
    landline: str | None
    mailbox: str | None = None
    browser: str | None = None
    members: list["Person"] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Person:
    """Addresses stand as identities (`email:…`). since: from when on each of them is this person's, if not always.

    until: up to when, if it was handed on. maiden: the family name before `married`; former: the home before `moved`.
    """

    number: int
    given: str
    family: str
    born: date
    household: Household
    maiden: str | None = None
    married: datetime = START
    former: Home | None = None
    moved: datetime = START
    company: int | None = None
    mails: list[str] = field(default_factory=list)
    mobile: str | None = None
    visitors: list[str] = field(default_factory=list)
    handle: str | None = None
    crms: list[str] = field(default_factory=list)
    login: str | None = None
    since: dict[str, datetime] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)

    @property
    def partners(self) -> list["Person"]:
        """The others of the household."""
        return [member for member in self.household.members if member is not self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """companies: how many there are; each has role mailboxes and a switchboard."""

    people: tuple[Person, ...]
    companies: int

    def owners(self) -> dict[str, frozenset[int]]:
        """Who ever came through each identity that is somebody's: one person, or several."""
        found: dict[str, set[int]] = {}
        for person in self.people:
            for identity in _identities(person):
                found.setdefault(identity, set()).add(person.number)
        return {identity: frozenset(numbers) for identity, numbers in found.items()}


def _identities(person: Person) -> Iterator[str]:
    household = person.household
    single = (person.mobile, person.handle, person.login, household.landline, household.browser)
    yield from (identity for identity in single if identity)
    yield from (*person.mails, *person.visitors, *person.crms)


def role_mailbox(company: int, role: str) -> str:
    return f"email:{role}@firm-{company}.biz"


def switchboard(company: int) -> str:
    return f"phone:+4930{5_000_000 + company}0"


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


def populate(seed: int, size: int) -> Population:
    """At least `size` people; the last household is complete."""
    town = _Town(seed, size)
    people: list[Person] = []
    while len(people) < size:
        people += town.household(len(people)).members
    town.hand_numbers_on(people)
    return Population(people=tuple(people), companies=town.companies)


class _Town:
    def __init__(self, seed: int, size: int) -> None:
        self._random = Random(seed)
        self._taken = 0
        self._postcodes = [str(number) for number in self._random.sample(range(10_000, 99_999), self._needed(size))]
        self.companies = 1 + size // 200
        for locale in _LOCALES:
            _faker(locale).seed_instance(seed)

    @staticmethod
    def _needed(size: int) -> int:
        return max(2, size // _PEOPLE_IN_A_POSTCODE)

    def household(self, number: int) -> Household:
        faker = _faker(self._random.choice(_LOCALES))
        landline = f"phone:+4940{self._next():07d}" if self._does("landline") else None
        household = Household(home=self._home(faker), landline=landline)
        family = faker.last_name()
        born = date(1940, 1, 1) + timedelta(days=self._random.randrange(22_000))
        draw = self._random.random()
        adults = 1 if draw > SHARES["couple"] + SHARES["family"] else 2
        for place in range(adults):
            name = family if place == 0 or self._does("one_family_name") else faker.last_name()
            household.members.append(self._person(faker, household, number + place, name, self._near(born)))
        if draw < SHARES["family"]:
            self._children(faker, household, number + 2, born + timedelta(days=365 * 27))
        if adults == 2:
            self._share(household)
        for person in household.members:
            self._channels(person)
        return household

    def _person(self, faker: Faker, household: Household, number: int, family: str, born: date) -> Person:
        person = Person(number=number, given=faker.first_name(), family=family, born=born, household=household)
        if self._does("married_meanwhile"):
            person.maiden, person.married = faker.last_name(), self.moment(START, END)
        if self._does("moved"):
            person.former, person.moved = self._home(faker), self.moment(START, END)
        if self._does("employed"):
            person.company = self._random.randrange(self.companies)
        return person

    def _children(self, faker: Faker, household: Household, number: int, born: date) -> None:
        """Grown up, and customers themselves."""
        parent = household.members[0]
        for place in range(self._random.choice((1, 1, 2))):
            child = self._person(faker, household, number + place, parent.family, self._near(born))
            child.maiden = None
            if self._does("child_named_after_parent"):
                child.given = parent.given
            if place and self._does("twins"):
                child.born = household.members[-1].born
            household.members.append(child)

    def _share(self, household: Household) -> None:
        couple = household.members[:2]
        if self._does("shared_mailbox"):
            household.mailbox = self._mail(couple[0].family, couple[0].family)
            for person in couple:
                person.mails.append(household.mailbox)
        if self._does("shared_browser"):
            household.browser = f"webchat:v-{self._next()}"

    def _channels(self, person: Person) -> None:
        if not person.mails and self._does("mail"):
            person.mails.append(self._mail(person.given, person.family))
        if person.mails and self._does("new_mail"):
            person.mails.append(self._mail(person.given, person.family))
            person.since[person.mails[-1]] = self.moment(START, END)
        if self._does("mobile"):
            person.mobile = f"phone:+49151{self._next():08d}"
        person.visitors = [f"webchat:v-{self._next()}" for _ in range(self._random.choice((0, 0, 1, 1, 2, 3)))]
        person.handle = f"mastodon:{person.given.casefold()}{self._next()}" if self._does("handle") else None
        person.login = f"login:u-{self._next()}" if self._does("login") else None
        if self._does("crm"):
            person.crms = [f"crm:C-{self._next()}" for _ in range(2 if self._does("second_crm") else 1)]

    def hand_numbers_on(self, people: list[Person]) -> None:
        """Some numbers were given up, and belong to somebody else by now."""
        for person in people:
            other = self._random.choice(people)
            if person.mobile and person is not other and self._does("reused_number"):
                if other.mobile in other.since or person.mobile in person.until or person.mobile in person.since:
                    continue
                moment = self.moment(START + timedelta(days=200), END - timedelta(days=200))
                person.until[person.mobile] = other.since[person.mobile] = moment
                other.mobile = person.mobile

    def moment(self, first: datetime, last: datetime) -> datetime:
        return first + timedelta(milliseconds=self._random.randrange(int((last - first).total_seconds() * 1000)))

    def _home(self, faker: Faker) -> Home:
        return Home(street=faker.street_address(), postcode=self._random.choice(self._postcodes))

    def _mail(self, given: str, family: str) -> str:
        local = f"{given}.{family}".casefold().replace(" ", "")
        return f"email:{local}{self._next()}@{self._random.choice(_MAIL_HOSTS)}"

    def _near(self, born: date) -> date:
        return born + timedelta(days=self._random.randrange(2_500))

    def _does(self, habit: str) -> bool:
        return self._random.random() < SHARES[habit]

    def _next(self) -> int:
        self._taken += 1
        return self._taken
