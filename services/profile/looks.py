"""The audit log: every look at a customer, before the answer is given."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.profile.store import Store
from shared.auth import Principal


class Looks:
    """Writes down who looked at whom, durably."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._looks = store.looks
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
