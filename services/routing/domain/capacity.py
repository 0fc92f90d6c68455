"""How much an agent can do at once.

An agent has units, and a contact of a channel takes some of them or all. So contacts of several channels add up, and
what one more contact of a channel would take decides. A contact that a channel may interrupt lies still meanwhile.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.routing.domain.configuration import ALL, DEFAULT_CHANNELS, OTHER_CHANNEL, ChannelCapacity


@dataclass(frozen=True, slots=True)
class Room:
    """What one agent has. units: in all; limits: contacts at once by channel, where it has limits of its own."""

    units: int
    limits: Mapping[str, int]


class Capacities:
    """What contacts take in a pool: what is configured, else the default."""

    def __init__(self, configured: Mapping[str, ChannelCapacity]) -> None:
        self._channels = {**DEFAULT_CHANNELS, **configured}

    def admits(self, room: Room, hand: Collection[str], channel: str) -> bool:
        """Whether an agent may be offered `channel`. hand: the channel of each contact it is offered or has."""
        taken = same = 0
        for held in hand:
            same += held == channel
            if channel not in self._of(held).interrupted_by:
                taken += self._takes(room, held)
        limit = room.limits.get(channel)
        return (limit is None or same < limit) and taken + self._takes(room, channel) <= room.units

    def excess(self, room: Room, hand: Collection[str]) -> str | None:
        """What of the hand is more than there is room for: a channel, or `units`; None if all of it fits."""
        counts = Counter(hand)
        for channel, count in counts.items():
            if count > room.limits.get(channel, count):
                return channel
        awake = [held for held in hand if counts.keys().isdisjoint(self._of(held).interrupted_by)]
        return "units" if sum(self._takes(room, held) for held in awake) > room.units else None

    def _takes(self, room: Room, channel: str) -> int:
        units = self._of(channel).units
        return room.units if units == ALL else int(units)

    def _of(self, channel: str) -> ChannelCapacity:
        return self._channels.get(channel, OTHER_CHANNEL)
