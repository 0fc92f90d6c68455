"""What identities are by a hub's rules: their kinds, how far each tells who somebody is, what is shared or blocked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from services.profile.domain.claims import Limits
from services.profile.domain.identities import ERASED
from shared.contracts.customers import Side, Standing

_ROLES = (
    "abuse accounting accounts admin administration anfrage billing bookings buchhaltung careers contact "
    "customerservice enquiries enquiry feedback finance hello help helpdesk hostmaster hr info information inquiries "
    "invoice invoices it jobs kontakt kundenservice mail mailer-daemon marketing news newsletter no-reply noreply "
    "office order orders postmaster press purchasing reception rechnung reservations sales sekretariat service shop "
    "store support team ticket tickets verwaltung webmaster"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of identity. standing: what its addresses are; most: of one customer (of a unique kind: one)."""

    standing: Standing = "strong"
    most: int = 100


def _kinds() -> dict[str, Kind]:
    return {
        "email": Kind(most=20),
        "phone": Kind(most=20),
        "sip": Kind(most=20),
        "crm": Kind(standing="unique"),
        "login": Kind(standing="unique"),
        "webchat": Kind(most=50),
        "device": Kind(most=50),
        "call": Kind(most=50),
        "name": Kind(standing="weak"),
        "ip": Kind(standing="weak"),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """kinds: those that are not of the ordinary sort (strong, up to `most` of a customer).

    role_mailboxes: local parts of mailboxes that several people read. shared, blocked: regular expressions that a whole
    identity (`phone:+49301234500`) has to match. shared_from: an address that is seen with so many unique identities of
    one kind is shared. sure: evidence that was checked, which comes before what was merely typed somewhere.
    suggestive: evidence that never links by itself. most: identities of a customer.
    """

    kinds: Mapping[str, Kind] = field(default_factory=_kinds)
    role_mailboxes: frozenset[str] = frozenset(_ROLES.split())
    shared: tuple[str, ...] = ()
    blocked: tuple[str, ...] = (
        r"[^:]+:\W*(null|none|nil|undefined|anonymous|unknown|unavailable|withheld|restricted|private|n/?a|test)?\W*",
        r"[^:]+:\+?0+",
        r"phone:\+\d{0,3}(\d)\1{6,}",
        r"phone:\+\d{0,4}(0123456789|1234567890|123456789)",
        r"email:(null|none|nil|undefined|anonymous|unknown|n\.?a|na)@.*",
        r"email:(test|user|username|name|your\.?name|email|someone|john\.?doe|jane\.?doe|foo|bar)@(example|test|domain)\..*",
    )
    sure: frozenset[str] = frozenset(("verified_login", "import", "agent"))
    suggestive: frozenset[str] = frozenset(("similar_name_and_postcode",))
    shared_from: int = 2
    most: int = 100

    @property
    def limits(self) -> Limits:
        """The part that decisions need."""
        most = {name: kind.most for name, kind in self.kinds.items()}
        return Limits(shared_from=self.shared_from, most=self.most, most_of_kind=most)


class Classifier:
    """Says what an identity is, by rules; of an erased one (None) that nothing is linked with it."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._shared = [re.compile(pattern, re.IGNORECASE) for pattern in rules.shared]
        self._blocked = [re.compile(pattern, re.IGNORECASE) for pattern in rules.blocked]
        self.side = lru_cache(maxsize=100_000)(self._side)

    def _side(self, identity: str | None) -> Side:
        if identity is None:
            return Side(kind=ERASED, standing="blocked")
        kind, _, address = identity.partition(":")
        return Side(kind=kind, standing=self._standing(identity, kind, address))

    def _standing(self, identity: str, kind: str, address: str) -> Standing:
        if any(pattern.fullmatch(identity) for pattern in self._blocked):
            return "blocked"
        if any(pattern.fullmatch(identity) for pattern in self._shared):
            return "shared"
        if kind == "email" and address.partition("@")[0].partition("+")[0] in self.rules.role_mailboxes:
            return "shared"
        known = self.rules.kinds.get(kind)
        return known.standing if known else "strong"
