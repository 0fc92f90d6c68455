"""Whoever reads one generation of the views."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from services.profile.export import Export
from services.profile.people import People
from services.profile.reading import Customers
from services.profile.searching import Search
from services.profile.store import Kept, Store
from services.profile.suggestions import Suggestions
from services.profile.threads import Conversations
from services.profile.timelines import Timelines
from shared.keyring import Keyring
from shared.originals import Originals


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What readers need beside the views."""

    kept: Kept
    originals: Originals
    keyring: Keyring
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """They answer from one generation of the views."""

    store: Store
    customers: Customers
    people: People
    export: Export
    search: Search
    suggestions: Suggestions
    timelines: Timelines
    conversations: Conversations

    @classmethod
    def of(cls, store: Store, beside: Beside) -> Self:
        """The readers of these views."""
        customers = Customers(store)
        return cls(
            store=store,
            customers=customers,
            people=People(store, customers, beside.now),
            export=Export(store, beside.kept, beside.originals, beside.keyring),
            search=Search(store),
            suggestions=Suggestions(store, customers),
            timelines=Timelines(store),
            conversations=Conversations(store),
        )
