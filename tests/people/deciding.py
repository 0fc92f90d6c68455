"""The one place that names the decider whose quality is measured."""

from collections.abc import Iterable

from tests.oracle.people import Claim, Limits, Resolution, Statements, resolve

LIMITS = Limits(k=2, most=100, most_of_kind={"email": 20, "phone": 20, "webchat": 50})


def decide_all(claims: Iterable[Claim]) -> Resolution:
    """What the hub makes of these claims, given in the order in which they arrive."""
    return resolve(Statements(claims=tuple(claims)), LIMITS)
