"""From the queues that a hub has to the ways its customers can come in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from deploy.local.simulation.behaviour import MANNERS
from deploy.local.simulation.contacts import Door


def doors_of(queues: Iterable[Mapping[str, Any]]) -> tuple[Door, ...]:
    """Every way in, once. queues: as GET /v1/queues tells them (id, rules with channel, address, language; default).

    A channel that no rule names leads to the default queue, where there is one.
    """
    known = sorted(queues, key=lambda queue: (queue.get("rank", 5), queue["id"]))
    named = [door for queue in known for rule in queue.get("rules", ()) for door in _behind(queue["id"], rule)]
    missing = [channel for channel in MANNERS if all(door.channel != channel for door in named)]
    default = next((queue["id"] for queue in known if queue.get("default")), None)
    others = [Door(queue=default, channel=channel) for channel in missing] if default else []
    return tuple(dict.fromkeys([*named, *others]))


def _behind(queue: str, rule: Mapping[str, Any]) -> Iterator[Door]:
    """The doors of one rule: one, or one a channel when it names none, as far as the channel can satisfy the rule.

    A rule that asks for more than the simulated customers tell of themselves is no door.
    """
    if any(rule.get(condition) for condition in _NOT_TOLD):
        return
    address, language = rule.get("address"), rule.get("language")
    for channel in [rule["channel"]] if rule.get("channel") else _channels_for(address):
        told = _TOLD.get(channel, frozenset())
        if (address is None or "address" in told) and (language is None or "language" in told):
            yield Door(queue=queue, channel=channel, address=address, language=language)


_TOLD: Mapping[str, frozenset[str]] = {
    "phone": frozenset({"address", "language"}),
    "social": frozenset({"address", "language"}),
    "email": frozenset({"address"}),
    "chat": frozenset(),
}
"""What interactions of each channel tell the hub's rules."""


_NOT_TOLD = ("words", "segment", "ivr", "hours", "open_ticket", "conversation")


def _channels_for(address: str | None) -> tuple[str, ...]:
    """Which channels an address without a channel can belong to."""
    match address:
        case None:
            return tuple(MANNERS)
        case str() if "@" in address:
            return ("email",)
        case str() if address.startswith("+"):
            return ("phone",)
        case _:
            return ("social",)
