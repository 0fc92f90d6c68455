"""Storms of claims: what is sent, and what the independent calculation makes of all of it at once."""

import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.profile.domain.claims import claim_id
from services.profile.domain.rules import Classifier, Rules
from shared.contracts.codec import DecodeError
from shared.contracts.codec import customers as codec
from shared.contracts.customers import CustomerKnown, IdentityLinked, LinkRefused
from shared.mongo import connect, database
from shared.topics import CUSTOMERS, DEAD_LETTERS
from tests.eventually import eventually
from tests.integration.profile.customers import Ingested, published
from tests.integration.running_service import RunningService
from tests.oracle import people as oracle
from tests.sealed_events import MOMENT, identified

_AT_ONCE = 1_000
_KINDS = {"crm": 12, "login": 8, "email": 60, "phone": 60, "telegram": 40, "name": 3}
_RULES = Rules()
_CLASSIFIER = Classifier(_RULES)
LIMITS = oracle.Limits(
    k=_RULES.shared_from, most=_RULES.most, most_of_kind={name: kind.most for name, kind in _RULES.kinds.items()}
)


def chosen_random() -> random.Random:
    """A source of chance whose seed is printed; HUB_TEST_SEED repeats it."""
    seed = int(os.environ.get("HUB_TEST_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"HUB_TEST_SEED={seed}")  # noqa: T201 (shown with a failure, so that it can be repeated)
    return random.Random(seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One identification: that two identities are one person. minute: when, after the beginning."""

    name: str
    first: str
    second: str
    evidence: str = "given_in_chat"
    minute: int

    def event(self) -> Any:  # noqa: ANN401 (an event of hub.interactions.v1)
        """Each is a conversation of its own, so neighbours lie in different partitions."""
        at = MOMENT - timedelta(days=30) + timedelta(minutes=self.minute)
        return identified(
            self.name, self.first, [self.second], evidence=self.evidence, at=at, conversation=f"c-{self.name}"
        )


def contended(chance: random.Random, count: int) -> list[Said]:
    """Claims that want the same few identities, so that nearly each one concerns what others said."""
    pool = [f"{kind}:{_address(kind, number)}" for kind, most in _KINDS.items() for number in range(most)]
    return [_contending(chance, pool, number) for number in range(count)]


def _contending(chance: random.Random, pool: Sequence[str], number: int) -> Said:
    first, second = chance.sample(pool, 2)
    evidence = chance.choice(("verified_login", "given_in_chat", "web_form"))
    minute = chance.randrange(500)
    return Said(name=f"s-{number}", first=first, second=second, evidence=evidence, minute=minute)


def _address(kind: str, number: int) -> str:
    return {"email": f"person{number}@shop.example", "phone": f"+4915130{number:05}"}.get(kind, f"n-{number}")


def chained(count: int) -> list[Said]:
    """Each claim joins one more identity to all before it, until a customer is full and the next one begins."""
    return [
        Said(name=f"k-{number}", first=f"telegram:{number}", second=f"telegram:{number + 1}", minute=number)
        for number in range(count)
    ]


class Storm:
    """What was said to a hub so far, and the end state that has to come of it."""

    def __init__(self, interactions: Ingested) -> None:
        self._interactions = interactions
        self._claims: dict[str, oracle.Claim] = {}

    async def publish(self, said: Iterable[Said]) -> None:
        """Says it, in this order."""
        waiting = list(said)
        for start in range(0, len(waiting), _AT_ONCE):
            part = waiting[start : start + _AT_ONCE]
            events = [one.event() for one in part]
            names = await self._interactions.publish(*events)
            for one, event, name in zip(part, events, names, strict=True):
                self._remember(one, event, name)

    def _remember(self, said: Said, event: Any, name: str) -> None:  # noqa: ANN401 (an event of hub.interactions.v1)
        claim = claim_id(name, self._interactions.hashed(said.second))
        first, second = self._side(said.first), self._side(said.second)
        self._claims[claim] = oracle.Claim(id=claim, first=first, second=second, evidence=said.evidence, at=event.time)

    def _side(self, identity: str) -> oracle.Side:
        side = _CLASSIFIER.side(identity)
        return oracle.Side(identity=self._interactions.hashed(identity), kind=side.kind, standing=side.standing)

    @property
    def claims(self) -> int:
        """How many claims that makes, repetitions aside."""
        return len(self._claims)

    def calculated(self) -> oracle.Resolution:
        """What follows from everything that was said."""
        return oracle.resolve(oracle.Statements(claims=tuple(self._claims.values())), LIMITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndState:
    """outcomes: of each claim in the view; told: the same as hub.customers.v1 tells it; members: of each customer."""

    outcomes: dict[str, str]
    told: dict[str, str]
    members: set[tuple[str, ...]]
    dead: int


async def shown(profile: RunningService, claims: int) -> None:
    """Waits until so many claims are in the view."""
    async with connect(profile.servers.mongo) as client:
        view = database(client, profile.namespace, "profile")["claims"]

        async def enough() -> bool:
            return await view.count_documents({}) >= claims

        await eventually(enough, within=150, what=f"{claims} claims in the view")


async def end_state(profile: RunningService, claims: int, within: float = 150.0) -> EndState:
    """Of a hub that has nothing more to do: every claim is decided, shown and told."""
    async with connect(profile.servers.mongo) as client:
        store = database(client, profile.namespace, "profile")

        async def at_rest() -> bool:
            if await store["claims"].count_documents({}) < claims:
                return False
            newest = await store["decisions"].find_one({}, sort=[("_id.sequence", -1)])
            marks = [mark["sequence"] async for mark in store["followed"].find()]
            return newest is not None and set(marks) == {newest["_id"]["sequence"]}

        await eventually(at_rest, within=within, what=f"{claims} decided claims, followed to the end")
        outcomes = {claim["_id"]: claim["outcome"] async for claim in store["claims"].find()}
        members = {tuple(one["members"]) async for one in store["customers"].find({"until": None})}
    dead = len(await published(profile, DEAD_LETTERS))
    return EndState(outcomes=outcomes, told=await _told(profile), members=members, dead=dead)


async def told_customers(profile: RunningService) -> dict[str, str]:
    """The customer of each identity, as the newest of hub.customers.v1 tells it."""
    found: dict[str, tuple[tuple[int, int], str]] = {}
    for event in codec.decode_all(await published(profile, CUSTOMERS)):
        assert not isinstance(event, DecodeError)
        known = event.data
        if isinstance(known, CustomerKnown):
            told = ((event.sequence, event.number), known.customer)
            found[known.identity] = max(found.get(known.identity, told), told)
    return {identity: customer for identity, (_, customer) in found.items()}


async def _told(profile: RunningService) -> dict[str, str]:
    found: dict[str, tuple[tuple[int, int], str]] = {}
    for event in codec.decode_all(await published(profile, CUSTOMERS)):
        assert not isinstance(event, DecodeError)
        claim = event.data
        if isinstance(claim, IdentityLinked | LinkRefused) and claim.claim is not None:
            outcome = "linked" if isinstance(claim, IdentityLinked) else claim.reason
            place = (event.sequence, event.number)
            found[claim.claim] = max(found.get(claim.claim, (place, outcome)), (place, outcome))
    return {claim: outcome for claim, (_, outcome) in found.items()}
