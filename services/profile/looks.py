"""The audit log: every look at a customer, before the answer is given."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.profile.store import Kept
from shared.auth import Principal


class Looks:
    """Writes down who looked at whom, durably."""

    def __init__(self, kept: Kept, clock: Callable[[], datetime]) -> None:
        self._looks = kept.looks
        self._clock = clock

    async def note(self, who: Principal, path: str, customers: Sequence[str]) -> None:
        """`who` sees these customers (ids) through `path`."""
        await self._looks.insert_one(
            {
                "who": who.subject,
                "role": who.role,
                "at": self._clock(),
                "path": path,
                "customers": list(customers),
            }
        )
