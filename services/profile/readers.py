"""Whoever reads one generation of the views."""

from dataclasses import dataclass
from typing import Self

from services.profile.reading import Customers
from services.profile.store import Store
from services.profile.threads import Conversations
from services.profile.timelines import Timelines


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """They answer from one generation of the views."""

    store: Store
    customers: Customers
    timelines: Timelines
    conversations: Conversations

    @classmethod
    def of(cls, store: Store) -> Self:
        """The readers of these views."""
        return cls(
            store=store,
            customers=Customers(store),
            timelines=Timelines(store),
            conversations=Conversations(store),
        )
