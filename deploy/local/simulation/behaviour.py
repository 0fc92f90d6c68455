"""How customers and agents behave: patience, handle times, moods. Durations are in model seconds.

The figures are of the size that contact centres publish: calls of four minutes, chats of six with two or three at a
time, three minutes for a mail; nine in ten who wait on the phone are gone after a few minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.simulation.chance import Chance, around, happens, mean_around


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How contacts of a channel go.

    weight: its part of all contacts. patience: the mean time customers wait for an agent, None for those who need
    not wait. handling and spread: see `around`. turns: the least and most often that the customer says something.
    alongside: how many such contacts an agent works on at the same time.
    """

    weight: float
    patience: float | None
    handling: float
    spread: float
    turns: tuple[int, int]
    alongside: float = 1.0


MANNERS: Mapping[str, Manner] = {
    "phone": Manner(weight=0.34, patience=200.0, handling=210.0, spread=0.5, turns=(1, 1)),
    "chat": Manner(weight=0.28, patience=240.0, handling=260.0, spread=0.4, turns=(2, 4), alongside=2.0),
    "email": Manner(weight=0.25, patience=None, handling=130.0, spread=0.5, turns=(1, 1)),
    "social": Manner(weight=0.13, patience=None, handling=90.0, spread=0.4, turns=(1, 1)),
}

WRAPUP = (35.0, 0.4)
"""Median and spread of the paperwork after a contact."""

TYPING = (30.0, 0.5)
"""Median and spread of an agent's answer in a chat."""

BUSY_SHARE = 0.8
"""The part of their time that agents should be busy at the busiest hour, unless a rate is asked for."""


def patience(chance: Chance, channel: str) -> float | None:
    """How long this customer waits before leaving: exponential, as in the Erlang A model. None: as long as it takes."""
    mean = MANNERS[channel].patience
    return None if mean is None else chance.expovariate(1 / mean)


def handling(chance: Chance, channel: str) -> float:
    """How long the conversation takes from the agent's acceptance."""
    manner = MANNERS[channel]
    return around(chance, manner.handling, manner.spread)


def typing(chance: Chance) -> float:
    """How long an agent takes to answer in a chat."""
    return around(chance, *TYPING)


def workload(channel: str) -> float:
    """How much of one agent's time a contact of the channel takes, in the mean."""
    manner = MANNERS[channel]
    return mean_around(manner.handling, manner.spread) / manner.alongside + mean_around(*WRAPUP)


def busy_rate(agents: int, channels: Mapping[str, float]) -> float:
    """The contacts a second, by the channels' weights, that keep `agents` agents busy for BUSY_SHARE of their time."""
    mean = sum(weight * workload(channel) for channel, weight in channels.items()) / sum(channels.values())
    return agents * BUSY_SHARE / mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an agent does with an offer. verdict: `accept`, `decline` or `ignore`; after: seconds of thought."""

    verdict: str
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """What kind of agent one is. Shares are of all offers or contacts; between_breaks in seconds of work."""

    quickness: float
    declines: float
    ignores: float
    holds: float
    between_breaks: float

    def answer(self, chance: Chance) -> Answer:
        """What this agent does with the next offer."""
        after = around(chance, self.quickness, 0.4)
        mood = chance.random()
        if mood < self.ignores:
            return Answer(verdict="ignore", after=after)
        return Answer(verdict="decline" if mood < self.ignores + self.declines else "accept", after=after)

    def hold(self, chance: Chance, talk: float) -> tuple[float, float] | None:
        """When in a call of `talk` seconds the customer is put on hold and for how long; None: not at all."""
        if not happens(chance, self.holds):
            return None
        return talk * chance.uniform(0.2, 0.5), talk * chance.uniform(0.1, 0.3)

    def wrapup(self, chance: Chance) -> float:
        """How long the paperwork of this contact takes."""
        return around(chance, *WRAPUP)

    def next_break(self, chance: Chance) -> tuple[float, float]:
        """How long this agent works until the next break, and how long that takes."""
        return around(chance, self.between_breaks, 0.3), around(chance, 300.0, 0.3)


def temper(chance: Chance) -> Temper:
    """An agent's temper: some are quicker, some decline more."""
    return Temper(
        quickness=chance.uniform(6.0, 16.0),
        declines=chance.uniform(0.0, 0.05),
        ignores=chance.uniform(0.0, 0.02),
        holds=chance.uniform(0.1, 0.3),
        between_breaks=chance.uniform(2_400.0, 4_800.0),
    )
