"""A priority queue from which anything can be taken away: who is next costs O(log n), wherever the others stand."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=tuple[Any, ...])

_SLACK = 64


class Ranking(Generic[K]):
    """Members by id, the one with the smallest key first.

    What is taken away stays in the heap until it comes up or outnumbers the members, so it costs nothing at once.
    """

    __slots__ = ("_heap", "_keys")

    def __init__(self) -> None:
        self._keys: dict[str, K] = {}
        self._heap: list[tuple[K, str]] = []

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, member: str) -> bool:
        return member in self._keys

    def keys(self) -> dict[str, K]:
        """Every member with its key."""
        return dict(self._keys)

    def key(self, member: str) -> K | None:
        """The member's key, or None if it is not here."""
        return self._keys.get(member)

    def put(self, member: str, key: K) -> None:
        """Adds the member, or gives it another key."""
        if self._keys.get(member) != key:
            self._keys[member] = key
            heappush(self._heap, (key, member))
            if len(self._heap) > 2 * len(self._keys) + _SLACK:
                self._heap = [(key, member) for member, key in self._keys.items()]
                heapify(self._heap)

    def drop(self, member: str) -> None:
        """Takes the member away, if it is here."""
        self._keys.pop(member, None)

    def first(self) -> tuple[K, str] | None:
        """The first member with its key."""
        heap, keys = self._heap, self._keys
        while heap:
            key, member = heap[0]
            if keys.get(member) == key:
                return heap[0]
            heappop(heap)
        return None

    def first_that(self, fits: Callable[[str], bool]) -> tuple[K, str] | None:
        """The first member that fits; costs O(log n) for each one before it that does not."""
        passed: dict[str, K] = {}
        found = self.first()
        while found is not None and not fits(found[1]):
            passed[found[1]] = found[0]
            heappop(self._heap)
            found = self.first()
        for member, key in passed.items():
            heappush(self._heap, (key, member))
        return found

    def up_to(self, key: K, at_most: int) -> list[str]:
        """The members with a key of `key` or less, in order, `at_most` of them."""
        members: list[str] = []
        passed: dict[str, K] = {}
        found = self.first()
        while found is not None and found[0] <= key and len(passed) < at_most:
            passed[found[1]] = found[0]
            heappop(self._heap)
            found = self.first()
        members.extend(passed)
        for member, own in passed.items():
            heappush(self._heap, (own, member))
        return members
