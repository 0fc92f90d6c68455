"""What is kept of who is one person: the claims, their outcomes, and what people said. The rest follows from it.

A row is a list: its sort, then its fields. `claim`: see `_row`; `declared`, `seen`: an identity that is shared;
`apart`: a forbidden pair.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from services.profile.domain.claims import Claim
from services.profile.domain.known import Known, known_from
from shared.contracts.customers import Side

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class KeptClaims:
    """Takes the state of the linking apart and puts it together again."""

    version = "claims.1"

    def rows(self, state: Known) -> Iterator[Any]:
        """Copies what changes in place; claims never do, so they are made rows only when they are read."""
        said = [["declared", identity] for identity in state.declared]
        said += [["seen", identity] for identity in state.seen_shared]
        said += [["apart", one, other] for one, others in state.apart.items() for other in others]
        return _rows(said, list(state.claims.values()), dict(state.outcomes))

    def state(self, rows: Iterable[Any]) -> Known:
        """The state that the rows were made of."""
        said: dict[str, list[Any]] = {"declared": [], "seen": [], "apart": [], "claim": []}
        sides: dict[tuple[str, str], Side] = {}
        for sort, *fields in rows:
            said[sort].append(_claim(fields, sides) if sort == "claim" else fields)
        return known_from(
            said["claim"],
            declared=(identity for (identity,) in said["declared"]),
            seen_shared=(identity for (identity,) in said["seen"]),
            apart=((one, other) for one, other in said["apart"]),
        )


def _rows(said: list[list[str]], claims: list[Claim], outcomes: Mapping[str, str]) -> Iterator[Any]:
    yield from said
    for claim in claims:
        yield _row(claim, outcomes[claim.id])


def _row(claim: Claim, outcome: str) -> list[Any]:
    """at: in microseconds since 1970."""
    first, second = claim.first_is, claim.second_is
    at = (claim.at - _EPOCH) // _MICROSECOND
    sides = (first.kind, first.standing, second.kind, second.standing)
    who = (claim.evidence, claim.cause, claim.by, claim.sure, claim.score)
    return ["claim", claim.id, claim.first, claim.second, at, *sides, *who, outcome]


def _claim(fields: list[Any], sides: dict[tuple[str, str], Side]) -> tuple[Claim, str]:
    name, first, second, at, *told, evidence, cause, by, sure, score, outcome = fields
    first_is, second_is = (
        sides.get(side) or sides.setdefault(side, Side(kind=side[0], standing=side[1]))
        for side in ((told[0], told[1]), (told[2], told[3]))
    )
    claim = Claim(
        id=name,
        first=first,
        second=second,
        first_is=first_is,
        second_is=second_is,
        evidence=evidence,
        cause=cause,
        at=_EPOCH + at * _MICROSECOND,
        by=by,
        sure=sure,
        score=score,
    )
    return claim, outcome
