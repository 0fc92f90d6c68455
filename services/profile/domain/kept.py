"""What is kept of who is one person: the claims, their outcomes, and what people said. The rest follows from it.

A row is a list: its sort, then its fields. `claim`: see `_row`; `declared`, `seen`: an identity that is shared;
`apart`: a forbidden pair; `fact`: of an identity, its name, when and by what it was stated, its value; `erased`: an
identity, and when; `untold`: an identity. Times are in microseconds since 1970.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from services.profile.domain.claims import Claim
from services.profile.domain.evolve import known_from
from services.profile.domain.facts import Stated, StatedFacts
from services.profile.domain.known import Known
from shared.contracts.customers import Side

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SORTS = ("claim", "declared", "seen", "apart", "fact", "erased", "untold")


class KeptClaims:
    """Takes the state of the linking apart and puts it together again."""

    version = "claims.2"

    def rows(self, state: Known) -> Iterator[Any]:
        """Copies what changes in place; claims never do, so they are made rows only when they are read."""
        said: list[list[Any]] = [["declared", identity] for identity in state.declared]
        said += [["seen", identity] for identity in state.seen_shared]
        said += [["apart", one, other] for one, others in state.apart.items() for other in others]
        said += [_fact_row(one, name, fact) for one, facts in state.facts.items() for name, fact in facts.items()]
        said += [["erased", identity, _microseconds(at)] for identity, at in state.erased.items()]
        said += [["untold", identity] for identity in state.untold]
        return _rows(said, list(state.claims.values()), dict(state.outcomes))

    def state(self, rows: Iterable[Any]) -> Known:
        """The state that the rows were made of."""
        said: dict[str, list[Any]] = {sort: [] for sort in _SORTS}
        sides: dict[tuple[str, str], Side] = {}
        for sort, *fields in rows:
            said[sort].append(_claim(fields, sides) if sort == "claim" else fields)
        return known_from(
            said["claim"],
            declared=(identity for (identity,) in said["declared"]),
            seen_shared=(identity for (identity,) in said["seen"]),
            apart=((one, other) for one, other in said["apart"]),
            facts=_facts(said["fact"]),
            erased={identity: _moment(at) for identity, at in said["erased"]},
            untold=(identity for (identity,) in said["untold"]),
        )


def _rows(said: list[list[Any]], claims: list[Claim], outcomes: Mapping[str, str]) -> Iterator[Any]:
    yield from said
    for claim in claims:
        yield _row(claim, outcomes[claim.id])


def _row(claim: Claim, outcome: str) -> list[Any]:
    first, second = claim.first_is, claim.second_is
    at = _microseconds(claim.at)
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
        at=_moment(at),
        by=by,
        sure=sure,
        score=score,
    )
    return claim, outcome


def _fact_row(identity: str, name: str, fact: Stated) -> list[Any]:
    at, cause = fact.moment
    return ["fact", identity, name, _microseconds(at), cause, fact.value]


def _facts(rows: Iterable[list[Any]]) -> dict[str, StatedFacts]:
    found: dict[str, StatedFacts] = {}
    for identity, name, at, cause, value in rows:
        found.setdefault(identity, {})[name] = Stated(moment=(_moment(at), cause), value=value)
    return found


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND
