"""A customer at a glance: last contacts, habits, worth, promises and warnings, from what the timeline holds.

preferred channel    the one that most of the recent conversations that the customer began were on; of equals the latest
satisfaction         answers of `x.survey.answered` ({"score": 4, "best": 5}): their mean share of the best score
lifetime value       totals of `x.order.placed` ({"total": "19.90", "currency": "EUR"}), by currency
call-backs           promised in notes (`call_back`): open until a call to the customer began after the promise
warnings             `dissatisfied`: the last answer was at most 40 % of the best score
                     `third_contact_this_week`: three or more conversations that the customer began within seven days
                     `call_back_overdue`: a promised time has passed
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from services.profile.domain.timeline import Entry
from shared.ratings import SURVEY, number, rating_in

ORDER = "x.order.placed"
NOTE = "hub.note.added.v1"
LANDMARKS = (ORDER, SURVEY, NOTE)
"""The types of events that count however long ago they were; the timeline has an index of these."""

_CONTACTS = frozenset(
    ("hub.message.received.v1", "hub.message.sent.v1", "hub.call.started.v1", "hub.post.published.v1")
)
_CALL = "hub.call.started.v1"
_WEEK = timedelta(days=7)
_THIRD = 3
_DISSATISFIED = Decimal("0.4")

Caution = Literal["dissatisfied", "third_contact_this_week", "call_back_overdue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastContact:
    """When the customer last wrote or called on a channel, and when we did."""

    inbound: datetime | None = None
    outbound: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """score: the mean share of the best score, 0 to 1; last: the last answer's."""

    answers: int
    score: float
    last: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """A promise. due: when; note: the entry that it stands in; by: who promised."""

    note: str
    due: datetime
    by: str
    state: Literal["open", "overdue", "kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """counts: recent contacts by channel, both ways; counted_since: the oldest of them, None if these are all."""

    last_contacts: Mapping[str, LastContact]
    counts: Mapping[str, int]
    counted_since: datetime | None
    preferred_channel: str | None
    language: str | None
    satisfaction: Satisfaction | None
    call_backs: Sequence[CallBack]
    lifetime_value: Mapping[str, str]
    warnings: Sequence[Caution]


def overview(recent: Sequence[Entry], landmarks: Sequence[Entry], now: datetime, *, complete: bool) -> Overview:
    """The overview. recent: the newest entries, newest first, `complete` if there are no others."""
    contacts = [entry for entry in recent if entry["type"] in _CONTACTS and not entry["facts"].get("automatic")]
    inbound = [entry for entry in contacts if entry["direction"] == "inbound"]
    satisfaction = _satisfaction(landmarks)
    call_backs = _call_backs(landmarks, [one for one in contacts if one["direction"] == "outbound"], now)
    return Overview(
        last_contacts=_last_contacts(contacts),
        counts=dict(Counter(entry["channel"] for entry in contacts).most_common()),
        counted_since=None if complete or not recent else recent[-1]["at"],
        preferred_channel=_preferred(inbound),
        language=next((entry["facts"]["language"] for entry in inbound if "language" in entry["facts"]), None),
        satisfaction=satisfaction,
        call_backs=call_backs,
        lifetime_value=_lifetime_value(landmarks),
        warnings=list(_warnings(satisfaction, inbound, call_backs, now)),
    )


def _last_contacts(contacts: Iterable[Entry]) -> dict[str, LastContact]:
    last: dict[str, dict[str, datetime]] = {}
    for entry in contacts:
        if entry["direction"] in ("inbound", "outbound"):
            last.setdefault(entry["channel"], {}).setdefault(entry["direction"], entry["at"])
    return {channel: LastContact(**of_one) for channel, of_one in sorted(last.items())}


def _preferred(inbound: Iterable[Entry]) -> str | None:
    conversations: dict[str, str] = {}
    for entry in inbound:
        conversations.setdefault(entry["conversation"], entry["channel"])
    return max(counted, key=counted.__getitem__) if (counted := Counter(conversations.values())) else None


def _satisfaction(landmarks: Iterable[Entry]) -> Satisfaction | None:
    answers = [entry for entry in landmarks if entry["type"] == SURVEY]
    shares = [share for entry in sorted(answers, key=_when) if (share := _share(entry)) is not None]
    if not shares:
        return None
    return Satisfaction(answers=len(shares), score=float(sum(shares) / len(shares)), last=float(shares[-1]))


def _share(entry: Entry) -> Decimal | None:
    told = entry["facts"].get("rating")
    rating = rating_in(told or entry["content"])
    return None if rating is None else Decimal(str(rating.score)) / Decimal(str(rating.best))


def _lifetime_value(landmarks: Iterable[Entry]) -> dict[str, str]:
    totals: dict[str, Decimal] = {}
    for entry in landmarks:
        total, currency = number(entry["content"].get("total")), entry["content"].get("currency")
        if entry["type"] == ORDER and total is not None and isinstance(currency, str):
            totals[currency.upper()] = totals.get(currency.upper(), Decimal(0)) + total
    return {currency: f"{total:f}" for currency, total in sorted(totals.items())}


def _call_backs(landmarks: Iterable[Entry], outbound: Sequence[Entry], now: datetime) -> list[CallBack]:
    calls = [entry["at"] for entry in outbound if entry["type"] == _CALL]
    promised: list[CallBack] = []
    for entry in sorted(landmarks, key=_when):
        due = _moment(entry["content"].get("call_back")) if entry["type"] == NOTE else None
        if due is not None:
            kept = any(call > entry["at"] for call in calls)
            state: Literal["open", "overdue", "kept"] = "kept" if kept else "overdue" if due < now else "open"
            promised.append(CallBack(note=entry["_id"], due=due, by=entry["facts"]["agent"], state=state))
    return promised


def _warnings(
    satisfaction: Satisfaction | None, inbound: Iterable[Entry], call_backs: Iterable[CallBack], now: datetime
) -> Iterable[Caution]:
    if satisfaction is not None and satisfaction.last <= _DISSATISFIED:
        yield "dissatisfied"
    if len({entry["conversation"] for entry in inbound if now - _WEEK <= entry["at"] <= now}) >= _THIRD:
        yield "third_contact_this_week"
    if any(one.state == "overdue" for one in call_backs):
        yield "call_back_overdue"


def _moment(given: object) -> datetime | None:
    if isinstance(given, datetime):
        return given
    if not isinstance(given, str):
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _when(entry: Entry) -> tuple[datetime, str]:
    return (entry["at"], entry["_id"])
