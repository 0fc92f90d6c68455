"""Whatever is claimed, stated and erased, in whatever order: the newest `customer.known` of each identity tells the
customer of an independent calculation, and the facts that were stated last of any of its identities."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.profile.domain.commands import DescribeCustomer, EraseCustomer, TellKnown
from services.profile.domain.facts import facts_in
from shared.contracts.customers import CustomerErased, CustomerEvent, CustomerKnown, customer_id
from shared.contracts.envelope import event_id
from tests.properties.test_profile_linking import AT, IDENTITIES, Said

_VALUES = {
    "segment": ("gold", "silver", None, "no word: an+address@shop.example"),
    "account_manager": ("ann", "bob", None, "Ann of Sales"),
    "language": ("de", "pt-BR", None, "the one of Rome"),
}
_CLEAR = {"gold", "silver", "ann", "bob", "de", "pt-BR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What was said of an identity."""

    identity: str
    at: datetime
    cause: str
    attributes: dict[str, str | None]


class Telling(Said):
    """Says also what routing has to know of people, erases some of them, and hears what is told."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.told: dict[str, CustomerKnown] = {}
        self._statements: list[Statement] = []
        self._erased: dict[str, datetime] = {}

    def say(self, number: int) -> None:
        chance = self._random.random()
        if chance < 0.3:
            self._describe(event_id("/descriptions", str(number)))
        elif chance < 0.35:
            self._erase(event_id("/erasures", str(number)))
        else:
            super().say(number)

    def tell(self) -> None:
        """Everything of which it was not told yet."""
        while self.state.untold:
            self._hear(self._linking.decide(self.state, TellKnown(at=AT)).events)

    def known(self, identity: str) -> tuple[str, dict[str, str]]:
        """What whoever keeps the newest of each identity knows: the customer, and the facts."""
        told = self.told.get(identity, CustomerKnown(identity=identity, at=AT, customer=customer_id(identity)))
        facts = {name: getattr(told, name) for name in _VALUES if getattr(told, name) is not None}
        return told.customer, facts

    def expected(self) -> dict[str, tuple[str, dict[str, str]]]:
        """The same by a calculation of its own from everything that was said."""
        members = {one: group for group in self.calculated().members for one in group}
        groups = {identity: members.get(identity, (identity,)) for identity in IDENTITIES}
        return {identity: (f"cus_{group[0]}", self._last(group)) for identity, group in groups.items()}

    def _last(self, group: Iterable[str]) -> dict[str, str]:
        last: dict[str, str | None] = {}
        for one in sorted(self._statements, key=lambda statement: (statement.at, statement.cause)):
            if one.identity in group:
                last |= one.attributes
        return {name: value for name, value in last.items() if value in _CLEAR}

    def _describe(self, name: str) -> None:
        identity = self._random.choice(IDENTITIES)
        some = self._random.sample(sorted(_VALUES), self._random.randrange(1, 4))
        attributes = {one: self._random.choice(_VALUES[one]) for one in some}
        at, recorded = (AT + timedelta(minutes=self._random.randrange(8)) for _ in range(2))
        facts = facts_in(attributes)
        assert facts is not None
        erased = self._erased.get(identity)
        if erased is None or min(at, recorded) > erased:
            self._statements.append(Statement(identity=identity, at=at, cause=name, attributes=attributes))
        command = DescribeCustomer(id=name, at=at, recorded=recorded, identity=identity, cause=name, facts=facts)
        self._hear(self._linking.decide(self.state, command).events)

    def _erase(self, name: str) -> None:
        members = self.state.members(self._random.choice(IDENTITIES))
        at = AT + timedelta(minutes=self._random.randrange(4))
        self._erased |= {identity: max(at, self._erased.get(identity, at)) for identity in members}
        self._statements = [one for one in self._statements if one.identity not in members]
        self._hear(self._linking.decide(self.state, EraseCustomer(id=name, at=at, identities=members, by="ann")).events)

    def _hear(self, events: Iterable[CustomerEvent]) -> None:
        heard = list(events)
        super()._hear(heard)
        for event in heard:
            if isinstance(event, CustomerKnown):
                self.told[event.identity] = event
            if isinstance(event, CustomerErased):
                self._withdrawn.update(event.withdrawn)


@given(seed=st.integers(min_value=0, max_value=1_000_000), steps=st.integers(min_value=1, max_value=40))
def test_what_is_told_is_what_follows_from_all_that_was_said(seed: int, steps: int) -> None:
    random = Random(seed)
    telling = Telling(random)
    for number in range(steps):
        telling.say(number)
        if random.random() < 0.5 or number == steps - 1:
            telling.tell()
            assert {identity: telling.known(identity) for identity in IDENTITIES} == telling.expected()
