"""Blocks of ports for hubs that tests start, apart from those the system hands out (32768 and up)."""

import random

from deploy.local.ports import is_taken
from deploy.local.settings import KAFKA_CONTROLLER

_OFFSETS = range(KAFKA_CONTROLLER + 1)


def free_base() -> int:
    """A port base whose whole block is free just now; chosen at random, so that runs side by side seldom meet."""
    while True:
        base = random.SystemRandom().randrange(10_000, 32_000, 100)
        if not taken(base):
            return base


def taken(base: int) -> list[int]:
    """The ports of a block on which something listens."""
    return [base + offset for offset in _OFFSETS if is_taken(base + offset)]
