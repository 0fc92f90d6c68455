"""How much an agent can do at once.

An agent has units, and a contact of a channel takes some of them or all. So contacts of several channels add up, and
what one more contact of a channel would take decides. A contact that a channel may interrupt lies still meanwhile.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.routing.domain.configuration import ALL, DEFAULT_CHANNELS, OTHER_CHANNEL, ChannelSettings


class Capacities:
    """What contacts take in a pool: what is configured, else the default."""

    __slots__ = ("_channels", "_lying", "_units")

    def __init__(self, configured: Mapping[str, ChannelSettings]) -> None:
        self._channels = {**DEFAULT_CHANNELS, **configured}
        self._units = {name: None if one.units == ALL else one.units for name, one in self._channels.items()}
        self._lying: dict[str, tuple[str, ...]] = {}
        for name, one in self._channels.items():
            for channel in one.interrupted_by:
                self._lying[channel] = (*self._lying.get(channel, ()), name)

    def channel(self, name: str) -> ChannelSettings:
        """How the pool treats a channel."""
        return self._channels.get(name, OTHER_CHANNEL)

    def takes(self, channel: str, units: int) -> int:
        """The units that a contact takes of an agent's `units`."""
        taken = self._units.get(channel, OTHER_CHANNEL.units)
        return units if taken is None else int(taken)

    def lying(self, channel: str) -> tuple[str, ...]:
        """The channels whose contacts lie still while one of `channel` goes on."""
        return self._lying.get(channel, ())


@dataclass(frozen=True, slots=True)
class Load:
    """What an agent has in hand. units: all it has; taken: by what it has in hand. limits: contacts at once by channel,
    where it has limits of its own. counts: contacts in hand by channel, offers too.
    """

    capacities: Capacities
    units: int
    limits: Mapping[str, int]
    counts: Mapping[str, int]
    taken: int

    @classmethod
    def of(cls, capacities: Capacities, units: int, limits: Mapping[str, int], hand: Iterable[str]) -> "Load":
        """hand: the channel of each contact."""
        counts: dict[str, int] = {}
        taken = 0
        for channel in hand:
            counts[channel] = counts.get(channel, 0) + 1
            taken += capacities.takes(channel, units)
        return cls(capacities, units, limits, counts, taken)

    @property
    def spare(self) -> int:
        """The units that are free; those of what may be interrupted are not."""
        return self.units - self.taken

    def admits(self, channel: str) -> bool:
        """Whether there is room for one more contact of the channel."""
        counts, limit = self.counts, self.limits.get(channel)
        if limit is not None and counts.get(channel, 0) >= limit:
            return False
        wanted = self.taken + self.capacities.takes(channel, self.units)
        if counts and wanted > self.units:
            wanted -= self._taken_by(self.capacities.lying(channel))
        return wanted <= self.units

    def excess(self) -> str | None:
        """What is more than there is room for: a channel, or `units`; None if all of it fits."""
        for channel, count in self.counts.items():
            if count > self.limits.get(channel, count):
                return channel
        lying = {name for channel in self.counts for name in self.capacities.lying(channel)}
        return "units" if self.taken - self._taken_by(lying) > self.units else None

    def _taken_by(self, channels: Iterable[str]) -> int:
        return sum(self.counts.get(name, 0) * self.capacities.takes(name, self.units) for name in channels)
