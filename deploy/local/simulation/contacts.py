"""Who gets in touch when and about what: the whole of the customers' side, drawn before anything is played."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deploy.local.simulation.arrivals import DayShape, arrivals
from deploy.local.simulation.behaviour import MANNERS, busy_rate, handling, patience
from deploy.local.simulation.chance import Chance, chance_for, happens
from deploy.local.simulation.people import Person, Population, other_channel
from deploy.local.simulation.wording import matter, product, turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A way into the hub: what a queue listens to. address: the hub's own mailbox, number or site, if one is named."""

    queue: str
    channel: str
    address: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer who wants to talk to an agent. at: seconds since midnight; says: their messages, in order.

    patience: how long they wait for an agent, None for as long as it takes. handling: how long the conversation takes.
    joins: another address of the same person, which becomes known with this contact.
    """

    number: int
    at: float
    person: Person
    door: Door
    subject: str
    says: tuple[str, ...]
    patience: float | None
    handling: float
    joins: str | None = None

    @property
    def channel(self) -> str:
        return self.door.channel

    @property
    def identity(self) -> str:
        return self.person.identity(self.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A purchase in the web shop: something for the timeline that asks for no agent."""

    number: int
    at: float
    person: Person
    product: str

    @property
    def identity(self) -> str:
        return self.person.identity("web")


_ORDER_SHARE = 0.12
_RETURNING_SHARE = 0.35
_CHANGING_SHARE = 0.6
_IDENTIFIED_SHARE = 0.5
"""Of the customers who come back on another channel, so many sign in there, which joins their addresses."""


def open_channels(doors: Sequence[Door]) -> Mapping[str, float]:
    """The channels that lead somewhere, each with its part of all contacts."""
    return {channel: manner.weight for channel, manner in MANNERS.items() if any(d.channel == channel for d in doors)}


def busy_peak(agents: int, doors: Sequence[Door]) -> float:
    """The arrivals a second, orders included, that keep so many agents busy at the busiest hour."""
    return busy_rate(agents, open_channels(doors)) / (1 - _ORDER_SHARE)


class Demand:
    """Draws what customers want, one after another."""

    def __init__(self, seed: int, doors: Sequence[Door], population: int) -> None:
        self._chance = chance_for(seed, "demand")
        self._doors = tuple(doors)
        self._channels = open_channels(doors)
        self._population = Population(seed, population, _RETURNING_SHARE)
        self._used: dict[int, list[str]] = {}
        self._number = 0

    def next(self, at: float) -> Contact | Order:
        """What the customer who arrives at `at` wants."""
        self._number += 1
        person, known = self._population.draw(self._chance)
        if happens(self._chance, _ORDER_SHARE):
            return Order(number=self._number, at=at, person=person, product=product(self._chance))
        channel = self._channel_of(person, known)
        door = self._door(channel, person)
        return self._contact(at, person, door)

    def _channel_of(self, person: Person, known: bool) -> str:
        names = list(self._channels)
        used = self._used.get(person.number)
        if known and used and happens(self._chance, _CHANGING_SHARE):
            return other_channel(self._chance, names, used[-1])
        return self._chance.choices(names, list(self._channels.values()))[0]

    def _door(self, channel: str, person: Person) -> Door:
        fitting = [door for door in self._doors if door.channel == channel]
        spoken = [door for door in fitting if door.language == person.language]
        open_to_all = [door for door in fitting if door.language is None]
        return self._chance.choice(spoken or open_to_all or fitting)

    def _contact(self, at: float, person: Person, door: Door) -> Contact:
        chance = self._chance
        reason = matter(chance, person.language, door.queue)
        count = chance.randint(*MANNERS[door.channel].turns)
        return Contact(
            number=self._number,
            at=at,
            person=person,
            door=door,
            subject=reason.subject,
            says=turns(reason, person.language, count),
            patience=patience(chance, door.channel),
            handling=handling(chance, door.channel),
            joins=self._joined(chance, person, door.channel),
        )

    def _joined(self, chance: Chance, person: Person, channel: str) -> str | None:
        """An address the person used before on another channel, when this contact shows that it is theirs."""
        used = self._used.setdefault(person.number, [])
        before = next((one for one in reversed(used) if one != channel), None)
        used.append(channel)
        if before is None or not happens(chance, _IDENTIFIED_SHARE):
            return None
        return person.identity(before)


def contacts(
    seed: int, shape: DayShape, peak: float, begins: float, doors: Sequence[Door], population: int = 400
) -> Iterator[Contact | Order]:
    """All that customers want from `begins` on, in order of time and without end. peak: arrivals a second at most."""
    demand = Demand(seed, doors, population)
    for at in arrivals(chance_for(seed, "arrivals"), shape, peak, begins):
        yield demand.next(at)
