"""A priority queue from which anything can be taken away: who is next costs O(log n), wherever the others stand."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=tuple[Any, ...])


class Ranking(Generic[K]):
    """Members by id, the one with the smallest key first.

    Each member has one entry in the heap that counts, with its key or a smaller one. What is taken away or moves back
    costs nothing until its entry comes up, so members may come and go often and be looked for seldom.
    slack: how many entries of members that are gone may lie about, beside as many as there are members.
    """

    __slots__ = ("_entries", "_heap", "_keys", "_slack")

    def __init__(self, slack: int = 256) -> None:
        self._slack = slack
        self._keys: dict[str, K] = {}
        self._entries: dict[str, K] = {}
        self._heap: list[tuple[K, str]] = []

    def __len__(self) -> int:
        return len(self._keys)

    def keys(self) -> dict[str, K]:
        """Every member with its key."""
        return dict(self._keys)

    def put(self, member: str, key: K) -> None:
        """Adds the member, or gives it another key."""
        self._keys[member] = key
        entry = self._entries.get(member)
        if entry is None or key < entry:
            self._entries[member] = key
            heappush(self._heap, (key, member))
            if len(self._heap) > 2 * len(self._keys) + self._slack:
                self._tidy()

    def put_new(self, keys: dict[str, K]) -> None:
        """Adds members that are not here, with their keys; costs less than one after the other."""
        self._keys.update(keys)
        self._tidy()

    def drop(self, member: str) -> None:
        """Takes the member away, if it is here."""
        self._keys.pop(member, None)

    def first(self) -> tuple[K, str] | None:
        """The first member with its key."""
        heap, keys, entries = self._heap, self._keys, self._entries
        while heap:
            head = heap[0]
            entry, member = head
            key = keys.get(member)
            if entries.get(member) != entry:
                heappop(heap)  # another entry of the member counts
            elif key == entry:
                return head
            elif key is None:
                heappop(heap)
                del entries[member]
            else:
                entries[member] = key
                heapreplace(heap, (key, member))
        return None

    def first_that(self, fits: Callable[[str], bool]) -> tuple[K, str] | None:
        """The first member that fits; costs O(log n) for each one before it that does not."""
        found = self.first()
        if found is None or fits(found[1]):
            return found
        passed: dict[str, K] = {}
        while found is not None and not fits(found[1]):
            self._pass(found, passed)
            found = self.first()
        self._put_back(passed)
        return found

    def up_to(self, key: K, at_most: int) -> list[str]:
        """The members with a key of `key` or less, in order, `at_most` of them."""
        passed: dict[str, K] = {}
        found = self.first()
        while found is not None and found[0] <= key and len(passed) < at_most:
            self._pass(found, passed)
            found = self.first()
        members = list(passed)
        self._put_back(passed)
        return members

    def _pass(self, head: tuple[K, str], passed: dict[str, K]) -> None:
        heappop(self._heap)
        del self._entries[head[1]]
        passed[head[1]] = head[0]

    def _put_back(self, passed: dict[str, K]) -> None:
        for member, key in passed.items():
            self._entries[member] = key
            heappush(self._heap, (key, member))

    def _tidy(self) -> None:
        self._entries = dict(self._keys)
        self._heap = [(key, member) for member, key in self._keys.items()]
        heapify(self._heap)
