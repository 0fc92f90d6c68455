"""Whether an agent can take one contact more."""

from collections.abc import Collection, Mapping

from services.routing.domain.configuration import DEFAULT_CHANNELS, OTHER_CHANNEL, ChannelCapacity


def capacities(configured: Mapping[str, ChannelCapacity]) -> dict[str, ChannelCapacity]:
    """Each channel's capacity in a pool: what is configured, else the default; `OTHER_CHANNEL` for any other."""
    return {**DEFAULT_CHANNELS, **configured}


def has_room(
    known: Mapping[str, ChannelCapacity], limits: Mapping[str, int], hand: Collection[str], channel: str
) -> bool:
    """Whether an agent may be offered `channel`.

    known: the pool's `capacities`; limits: the agent's own; hand: the channel of each contact it is offered or has.
    """
    capacity = known.get(channel, OTHER_CHANNEL)
    same = 0
    for held in hand:
        if held == channel:
            same += 1
            if capacity.exclusive:
                return False
        else:
            other = known.get(held, OTHER_CHANNEL)
            if other.exclusive or (capacity.exclusive and not other.interruptible):
                return False
    return same < limits.get(channel, capacity.limit)
