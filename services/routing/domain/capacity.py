"""How much an agent can do at once.

An agent has units, and a contact of a channel takes some of them or all. So contacts of several channels add up, and
what one more contact of a channel would take decides. A contact that a channel may interrupt lies still meanwhile.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.routing.domain.configuration import ALL, DEFAULT_CHANNELS, OTHER_CHANNEL, ChannelSettings


class Shares(dict[str, int]):
    """What contacts take of an agent's units, by channel; any other channel has its share too.

    units: all that the agent has. lying: the channels whose contacts lie still while one of a channel goes on.
    """

    def __init__(self, units: int, channels: Mapping[str, ChannelSettings]) -> None:
        super().__init__({name: units if one.units == ALL else one.units for name, one in channels.items()})
        self.units = units
        self.lying: dict[str, list[str]] = {}
        for name, one in channels.items():
            for channel in one.interrupted_by:
                self.lying.setdefault(channel, []).append(name)
        self._other = units if OTHER_CHANNEL.units == ALL else OTHER_CHANNEL.units

    def __missing__(self, channel: str) -> int:
        return self._other


class Capacities:
    """What contacts take in a pool: what is configured, else the default."""

    __slots__ = ("_channels", "_shares")

    def __init__(self, configured: Mapping[str, ChannelSettings]) -> None:
        self._channels = {**DEFAULT_CHANNELS, **configured}
        self._shares: dict[int, Shares] = {}

    def channel(self, name: str) -> ChannelSettings:
        """How the pool treats a channel."""
        return self._channels.get(name, OTHER_CHANNEL)

    def shares(self, units: int) -> Shares:
        """What contacts take of an agent's `units`."""
        if units not in self._shares:
            self._shares[units] = Shares(units, self._channels)
        return self._shares[units]


class Load(NamedTuple):
    """What an agent has in hand. taken: units. limits: contacts at once by channel, where it has limits of its own.
    counts: contacts in hand by channel, offers too.
    """

    shares: Shares
    limits: Mapping[str, int]
    counts: Mapping[str, int]
    taken: int

    @classmethod
    def of(cls, capacities: Capacities, units: int, limits: Mapping[str, int], hand: Iterable[str]) -> "Load":
        """units: all that the agent has. hand: the channel of each contact."""
        shares = capacities.shares(units)
        counts: dict[str, int] = {}
        taken = 0
        for channel in hand:
            counts[channel] = counts.get(channel, 0) + 1
            taken += shares[channel]
        return cls(shares, limits, counts, taken)

    @property
    def spare(self) -> int:
        """The units that are free; those of what may be interrupted are not."""
        return self.shares.units - self.taken

    def with_one(self, channel: str) -> "Load":
        """The same and one contact more."""
        counts = {**self.counts, channel: self.counts.get(channel, 0) + 1}
        return Load(self.shares, self.limits, counts, self.taken + self.shares[channel])

    def without_one(self, channel: str) -> "Load":
        """The same but for one contact of those in hand."""
        counts = {**self.counts, channel: self.counts[channel] - 1}
        return Load(self.shares, self.limits, counts, self.taken - self.shares[channel])

    def admits(self, channel: str) -> bool:
        """Whether there is room for one more contact of the channel."""
        shares, limits, counts, taken = self
        if channel in limits and counts.get(channel, 0) >= limits[channel]:
            return False
        wanted = taken + shares[channel]
        if wanted > shares.units and channel in shares.lying:
            wanted -= self._taken_by(shares.lying[channel])
        return wanted <= shares.units

    def excess(self) -> str | None:
        """What is more than there is room for: a channel, or `units`; None if all of it fits."""
        for channel, count in self.counts.items():
            if count > self.limits.get(channel, count):
                return channel
        lying = {name for channel in self.counts for name in self.shares.lying.get(channel, ())}
        return "units" if self.taken - self._taken_by(lying) > self.shares.units else None

    def _taken_by(self, channels: Iterable[str]) -> int:
        taken = 0
        for name in channels:
            if name in self.counts:
                taken += self.counts[name] * self.shares[name]
        return taken
