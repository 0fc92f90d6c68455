"""Whatever is claimed, withdrawn, split, forbidden and declared shared, in whatever order: the decider's customers are
those that the independent calculation makes of all of it at once."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.profile.domain.claims import Limits
from services.profile.domain.commands import (
    CustomerCommand,
    DeclareShared,
    ForbidLink,
    LinkIdentities,
    SplitIdentities,
    WithdrawClaims,
)
from services.profile.domain.linking import STREAM, Linking
from shared.contracts.customers import CustomerEvent, IdentitySplit, LinkForbidden, Side, Standing
from shared.contracts.envelope import event_id
from tests.oracle import people as oracle

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_STANDINGS: dict[str, Standing] = {"crm": "unique", "login": "unique", "name": "weak", "role": "shared"}
IDENTITIES = [
    f"{kind}:{number}"
    for kind, count in {"crm": 3, "login": 2, "email": 4, "phone": 3, "name": 1, "role": 1}.items()
    for number in range(count)
]


class Said:
    """Says things at random to the decider, and keeps what the calculation needs of them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        most, of_kind = random.choice((3, 4, 100)), random.choice(({}, {"email": 2}, {"phone": 1, "email": 3}))
        shared_from = random.choice((2, 2, 3))
        self._linking = Linking(Limits(shared_from=shared_from, most=most, most_of_kind=of_kind))
        self._limits = oracle.Limits(k=shared_from, most=most, most_of_kind=of_kind)
        self.state = self._linking.initial(STREAM)
        self._claims: dict[str, oracle.Claim] = {}
        self._withdrawn: set[str] = set()
        self._forbidden: set[frozenset[str]] = set()
        self._shared: set[str] = set()

    def say(self, number: int) -> None:
        """One thing of any sort, or some claims at once; nothing if there is nothing of that sort to say."""
        if self._random.random() < 0.2:
            some = [self._link(event_id("/tests", f"{number} {each}")) for each in range(self._random.randrange(1, 9))]
            decisions = self._linking.decide_some(self.state, some)
            assert len(decisions) == len(some)
            self._hear(event for decision in decisions for event in decision.events)
            return
        sorts: tuple[Callable[[str], CustomerCommand | None], ...] = (
            *(self._link,) * 8,
            self._withdraw,
            self._split,
            self._forbid,
            self._declare,
        )
        command = self._random.choice(sorts)(event_id("/tests", str(number)))
        if command is not None:
            self._hear(self._linking.decide(self.state, command).events)

    def _hear(self, events: Iterable[CustomerEvent]) -> None:
        for event in events:
            self.state = self._linking.evolve(self.state, event)
            if isinstance(event, IdentitySplit):
                self._withdrawn.update(event.withdrawn)
            if isinstance(event, LinkForbidden):
                self._forbidden.add(frozenset((event.identity, event.also)))

    def calculated(self) -> oracle.Resolution:
        statements = oracle.Statements(
            claims=tuple(self._claims.values()),
            withdrawn=frozenset(self._withdrawn),
            forbidden=frozenset(self._forbidden),
            shared=frozenset(self._shared),
        )
        return oracle.resolve(statements, self._limits)

    def _link(self, name: str) -> CustomerCommand:
        first, second = (self._random.choice(IDENTITIES) for _ in range(2))
        at = AT + timedelta(minutes=self._random.randrange(8))
        evidence = self._random.choice(("import", "given_in_chat"))
        one = self._side(first)
        other = one if first == second else self._side(second)
        self._claims[name] = oracle.Claim(
            id=name,
            first=oracle.Side(identity=first, kind=one.kind, standing=one.standing),
            second=oracle.Side(identity=second, kind=other.kind, standing=other.standing),
            evidence=evidence,
            at=at,
        )
        return LinkIdentities(
            id=name,
            at=at,
            first=first,
            second=second,
            evidence=evidence,
            sure=evidence == "import",
            cause=name,
            of=one,
            of_second=other,
        )

    def _side(self, identity: str) -> Side:
        """What the identity is by the rules, which somebody may have changed since the claim before."""
        kind = identity.partition(":")[0]
        standing = _STANDINGS.get(kind, "strong")
        if self._random.random() < 0.05:
            standing = self._random.choice(("strong", "unique", "shared"))
        return Side(kind=kind, standing=standing)

    def _withdraw(self, name: str) -> CustomerCommand | None:
        live = [claim for claim in self._claims.values() if claim.id not in self._withdrawn]
        if not live:
            return None
        chosen = self._random.choice(live)
        return WithdrawClaims(id=name, at=AT, identity=chosen.first.identity, claims=(chosen.id,), by="ann")

    def _split(self, name: str) -> CustomerCommand | None:
        members = self.state.members(self._random.choice(IDENTITIES))
        if len(members) == 1:
            return None
        leaving = tuple(self._random.sample(members, self._random.randrange(1, len(members))))
        return SplitIdentities(id=name, at=AT, identities=leaving, by="ann", apart=self._random.random() < 0.5)

    def _forbid(self, name: str) -> CustomerCommand:
        first, second = self._random.sample(IDENTITIES, 2)
        allow = frozenset((first, second)) in self._forbidden
        self._forbidden ^= {frozenset((first, second))}
        return ForbidLink(id=name, at=AT, first=first, second=second, by="ann", allow=allow)

    def _declare(self, name: str) -> CustomerCommand:
        identity = self._random.choice(IDENTITIES)
        owned = identity in self._shared
        self._shared ^= {identity}
        return DeclareShared(id=name, at=AT, identity=identity, by="ann", owned=owned)


@given(seed=st.integers(min_value=0, max_value=1_000_000), steps=st.integers(min_value=1, max_value=40))
def test_the_customers_are_those_that_follow_from_all_that_was_said(seed: int, steps: int) -> None:
    said = Said(Random(seed))
    for number in range(steps):
        said.say(number)
        expected = said.calculated()
        mentioned = {identity for members in expected.members for identity in members}
        assert {said.state.members(identity) for identity in mentioned} == set(expected.members)
        linked = {claim for claim, word in expected.outcome.items() if word == "linked"}
        assert {claim for claim, word in said.state.outcomes.items() if word == "linked"} == linked
