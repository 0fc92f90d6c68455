"""One example of every event type, from which the golden files were made once; the files are the contract, not this."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shared.contracts.agents import (
    AgentSignedIn,
    AgentSignedOut,
    AgentSkillsChanged,
    AgentStatusChanged,
)
from shared.contracts.codec import INTERACTION_TYPES, Codec, agents, customers, interactions, kpis, tickets
from shared.contracts.customers import (
    CustomerChanged,
    CustomerDescribed,
    CustomerErased,
    CustomerKnown,
    Facts,
    IdentifierOwned,
    IdentifierShared,
    IdentityLinked,
    IdentitySplit,
    LinkAllowed,
    LinkForbidden,
    LinkRefused,
    LinkSuggested,
    NoteAdded,
    Side,
)
from shared.contracts.decided import Decided, type_of
from shared.contracts.envelope import event_id, schema_of
from shared.contracts.interactions import (
    Call,
    Custom,
    Identification,
    Interaction,
    Message,
    Occurrence,
    Party,
    Post,
    Rating,
    Stay,
)
from shared.contracts.kpi_deviations import Deviation, KpisDeviated
from shared.contracts.kpis import KpiItem, Kpis, KpisMeasured, Measurement, TargetState
from shared.contracts.targets import TargetRule
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketClosed,
    TicketDeclined,
    TicketEscalated,
    TicketExpired,
    TicketHeld,
    TicketOffered,
    TicketOpened,
    TicketOverflowed,
    TicketPended,
    TicketPrioritised,
    TicketQueued,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketTransferred,
    TicketWrapupStarted,
)
from shared.contracts.tickets_annotations import TicketNoted, TicketTagged
from shared.contracts.tickets_complaints import (
    ComplaintAccepted,
    ComplaintAcknowledged,
    ComplaintAnswered,
    ComplaintAssessed,
    ComplaintFollowedUp,
    ComplaintInvestigationStarted,
    ComplaintMoved,
    ComplaintOverdue,
    ComplaintOwnerChanged,
    ComplaintReceived,
    ComplaintReopened,
    ComplaintRevoked,
)
from shared.contracts.tickets_consultation import (
    TicketConsultationAccepted,
    TicketConsultationAsked,
    TicketConsultationDeclined,
    TicketConsultationEnded,
)
from shared.contracts.tickets_links import TicketLinked, TicketMerged, TicketUnlinked
from shared.contracts.tickets_monitoring import TicketMonitored, TicketMonitoringEnded
from shared.contracts.tickets_relief import TicketCallbackRequested, TicketWaitTold
from shared.contracts.tickets_sla import (
    TicketSlaBreached,
    TicketSlaLifted,
    TicketSlaMet,
    TicketSlaMissed,
    TicketSlaPaused,
    TicketSlaResumed,
    TicketSlaStarted,
    TicketSlaWarned,
)

MOMENT = datetime(2026, 11, 21, 10, 0, 0, 123_000, tzinfo=UTC)
_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_HASH = "5f8a1c2b3d4e5f60718293a4b5c6d7e8"
_OTHER = "0123456789abcdef0123456789abcdef"
_CONVERSATION = "8d2f7c52-1d5b-5c39-9a53-2b4f0a0e7c11"
_SEALED = "bm9uY2Utbm9uY2VjaXBoZXJ0ZXh0"

_OF_TICKET: tuple[Any, ...] = (
    TicketTransferred(ticket="T-1", at=MOMENT, queue="sales", by="sue", agent="ann", to="bob", reason="Speaks German"),
    TicketEscalated(ticket="T-1", at=MOMENT, queue="sales", by="ann", agent="ann", priority=3, reason="Wants to leave"),
    TicketOverflowed(ticket="T-1", at=MOMENT, queue="sales", to="rest", reason="wait"),
    TicketPended(ticket="T-1", at=MOMENT, queue="sales", agent="ann", on="customer", until=MOMENT),
    TicketReopened(ticket="T-1", at=MOMENT, queue="sales", by="customer"),
    TicketClosed(ticket="T-1", at=MOMENT, queue="sales", by="sue"),
    TicketPrioritised(ticket="T-1", at=MOMENT, priority=1, by="sue"),
    TicketMonitored(ticket="T-1", at=MOMENT, by="sue"),
    TicketMonitoringEnded(ticket="T-1", at=MOMENT, by="sue"),
    TicketCallbackRequested(ticket="T-1", at=MOMENT, queue="sales", by="telephony"),
    TicketWaitTold(
        ticket="T-1",
        at=MOMENT,
        queue="sales",
        channel="chat",
        conversation=_CONVERSATION,
        position=2,
        wait_s=100,
        wait_90_s=300,
        text="You are number 2. It will take about 2 minutes.",
    ),
    TicketLinked(ticket="T-1", at=MOMENT, to="T-2", relation="caused_by", by="ann"),
    TicketUnlinked(ticket="T-1", at=MOMENT, to="T-2", by="ann"),
    TicketMerged(ticket="T-1", at=MOMENT, queue="sales", into="T-2", by="sue", agent="ann", forced=True),
    TicketConsultationAsked(ticket="T-1", at=MOMENT, queue="sales", agent="bob", owner="ann", expires=MOMENT, by="ann"),
    TicketConsultationAccepted(ticket="T-1", at=MOMENT, queue="sales", agent="bob", owner="ann"),
    TicketConsultationDeclined(ticket="T-1", at=MOMENT, queue="sales", agent="bob", owner="ann"),
    TicketConsultationEnded(ticket="T-1", at=MOMENT, queue="sales", agent="bob", owner="ann", reason="ended", by="ann"),
    TicketNoted(ticket="T-1", at=MOMENT, note=_CONVERSATION, identity=_HASH, by="ann", content=_SEALED),
    TicketTagged(ticket="T-1", at=MOMENT, added=("refund",), removed=("late",), by="sue"),
    ComplaintReceived(
        ticket="T-1",
        at=MOMENT,
        pool="main",
        queue="sales",
        conversation=_CONVERSATION,
        acknowledge_due=MOMENT,
        answer_due=MOMENT,
        owner="ann",
        by="sue",
    ),
    ComplaintOwnerChanged(ticket="T-1", at=MOMENT, owner="bob", by="sue"),
    ComplaintAcknowledged(ticket="T-1", at=MOMENT, by="ann"),
    ComplaintInvestigationStarted(ticket="T-1", at=MOMENT, by="ann"),
    ComplaintAssessed(ticket="T-1", at=MOMENT, by="ann", cause="delivery", remedy="refund"),
    ComplaintAnswered(ticket="T-1", at=MOMENT, by="ann", cause="delivery", remedy="refund", object_until=MOMENT),
    ComplaintFollowedUp(ticket="T-1", at=MOMENT, owner="ann"),
    ComplaintAccepted(ticket="T-1", at=MOMENT, by="ann"),
    ComplaintReopened(ticket="T-1", at=MOMENT, by="ann", answer_due=MOMENT, owner="ann", reason="Still broken"),
    ComplaintOverdue(ticket="T-1", at=MOMENT, deadline="answer", due=MOMENT, owner="ann"),
    ComplaintRevoked(ticket="T-1", at=MOMENT, by="sue", reason="A plain question"),
    ComplaintMoved(ticket="T-1", at=MOMENT, pool="other", into="T-2"),
    TicketOpened(
        ticket="T-1",
        at=MOMENT,
        pool="main",
        conversation=_CONVERSATION,
        channel="email",
        identity=_HASH,
        skills=("en",),
    ),
    TicketQueued(ticket="T-1", at=MOMENT, queue="sales", channel="email", threshold=20.0, short=5.0),
    TicketOffered(ticket="T-1", at=MOMENT, queue="sales", agent="agent-1", expires=MOMENT),
    TicketAccepted(ticket="T-1", at=MOMENT, queue="sales", agent="agent-1"),
    TicketDeclined(ticket="T-1", at=MOMENT, queue="sales", agent="agent-1"),
    TicketExpired(ticket="T-1", at=MOMENT, queue="sales", agent="agent-1"),
    TicketAbandoned(ticket="T-1", at=MOMENT, queue="sales", reason="hung_up"),
    TicketHeld(ticket="T-1", at=MOMENT, queue="sales", agent="agent-1"),
    TicketResumed(ticket="T-1", at=MOMENT, queue="sales", agent="agent-1"),
    TicketWrapupStarted(ticket="T-1", at=MOMENT, queue="sales", agent="agent-1", reason="hung_up"),
    TicketResolved(ticket="T-1", at=MOMENT, queue="sales", agent="agent-1"),
    TicketSlaStarted(
        ticket="T-1",
        at=MOMENT,
        target="first_response",
        queue="sales",
        since=MOMENT,
        seconds=3600.0,
        left_s=3600.0,
        due=MOMENT,
        warn_at=MOMENT,
    ),
    TicketSlaPaused(ticket="T-1", at=MOMENT, target="resolution", left_s=-1.5),
    TicketSlaResumed(ticket="T-1", at=MOMENT, target="resolution", left_s=60.0, due=MOMENT, warn_at=MOMENT),
    TicketSlaWarned(ticket="T-1", at=MOMENT, target="next_response", due=MOMENT, agent="agent-1"),
    TicketSlaBreached(ticket="T-1", at=MOMENT, target="next_response", due=MOMENT, agent="agent-1"),
    TicketSlaMet(ticket="T-1", at=MOMENT, target="first_response", reached=MOMENT, left_s=12.0),
    TicketSlaMissed(ticket="T-1", at=MOMENT, target="first_response", reached=MOMENT, late_s=12.0),
    TicketSlaLifted(ticket="T-1", at=MOMENT, target="first_response", reason="abandoned"),
)
_OF_AGENT: tuple[Any, ...] = (
    AgentSignedIn(agent="agent-1", at=MOMENT, pool="main"),
    AgentStatusChanged(agent="agent-1", at=MOMENT, status="break", reason="lunch"),
    AgentSignedOut(agent="agent-1", at=MOMENT),
    AgentSkillsChanged(agent="agent-1", at=MOMENT, skills=("en", "de")),
)
_OF_CUSTOMER: tuple[Any, ...] = (
    IdentityLinked(identity=_HASH, at=MOMENT, also=_OTHER, evidence="agent", cause="evidence-1"),
    LinkRefused(identity=_HASH, at=MOMENT, also=_OTHER, evidence="agent", cause="evidence-1", reason="limit"),
    LinkSuggested(
        identity=_HASH,
        at=MOMENT,
        also=_OTHER,
        evidence="similar_name_and_postcode",
        cause="evidence-1",
        claim=_CONVERSATION,
        claimed=MOMENT,
        of=Side(kind="email", standing="strong"),
        of_also=Side(kind="crm", standing="unique"),
        by="agent-1",
        score=0.93,
    ),
    IdentitySplit(
        identity=_HASH, at=MOMENT, split=(_OTHER,), withdrawn=(_CONVERSATION,), by="agent-1", reason="two people"
    ),
    LinkForbidden(identity=_HASH, at=MOMENT, also=_OTHER, by="agent-1"),
    LinkAllowed(identity=_HASH, at=MOMENT, also=_OTHER, by="agent-1"),
    IdentifierShared(identity=_HASH, at=MOMENT, by="agent-1"),
    IdentifierOwned(identity=_HASH, at=MOMENT, by="agent-1"),
    NoteAdded(identity=_HASH, at=MOMENT, note=_CONVERSATION, by="agent-1", conversation=_CONVERSATION, content=_SEALED),
    CustomerChanged(identity=_HASH, at=MOMENT, change=_CONVERSATION, by="agent-1", content=_SEALED),
    CustomerDescribed(
        identity=_HASH,
        at=MOMENT,
        cause=_CONVERSATION,
        facts=Facts(segment="gold", account_manager="agent-1", gone=("language",)),
    ),
    CustomerKnown(
        identity=_HASH,
        at=MOMENT,
        customer=f"cus_{_OTHER}",
        segment="gold",
        account_manager="agent-1",
        language="de-AT",
    ),
    CustomerErased(
        identity=_HASH,
        at=MOMENT,
        identities=(_HASH, _OTHER),
        withdrawn=(_CONVERSATION,),
        by="admin-1",
        reason="asked for it",
    ),
)

_FIGURES = Kpis(
    offered=9,
    answered=5,
    answered_in_time=3,
    abandoned=3,
    abandoned_short=1,
    service_level=0.375,
    abandon_rate=0.375,
    average_speed_of_answer=18.8,
    handled=5,
    handle_time=300.0,
    talk_time=200.0,
    hold_time=40.0,
    wrapup_time=60.0,
    average_handle_time=60.0,
    waiting=1,
    oldest_wait=12.5,
)
_MEASURED = Measurement(
    window="5m",
    definition="strict",
    as_of=MOMENT,
    items=(KpiItem(key={"queue": "sales"}, kpis=_FIGURES, target=TargetState(service_level=0.8, met=False)),),
)
_DEVIATION = Deviation(
    alert="5b1f7c52-1d5b-5c39-9a53-2b4f0a0e7c11",
    number=2,
    change="worsened",
    queue="sales",
    before="warning",
    after="critical",
    value=0.55,
    volume=40,
    at=MOMENT,
    rule=TargetRule(
        kpi="service_level",
        window="15m",
        definition="strict",
        aim="at_least",
        warning=0.8,
        critical=0.6,
        hysteresis=0.05,
        for_s=30.0,
        volume="offered",
        minimum_volume=10,
    ),
    version="0123456789ab",
)


def examples() -> Iterator[tuple[str, Codec[Any], Any]]:
    """Every event type once: (type, codec of its topic, event)."""
    for event_class in INTERACTION_TYPES:
        yield _interaction(event_class, event_class.__dataclass_fields__["type"].default)
    yield _interaction(Custom, "x.order.placed")
    yield "x.survey.answered", interactions, _survey()
    for codec, group in ((tickets, _OF_TICKET), (agents, _OF_AGENT), (customers, _OF_CUSTOMER)):
        for data in group:
            event_type = type_of(data.event)
            envelope = _envelope(event_type)
            yield event_type, codec, Decided(**envelope, type=event_type, stream="s", sequence=7, number=0, data=data)
    measured = "hub.kpis.measured.v1"
    yield measured, kpis, KpisMeasured(**_envelope(measured), data=_MEASURED)
    deviated = "hub.kpis.deviated.v1"
    yield deviated, kpis, KpisDeviated(**_envelope(deviated), data=_DEVIATION)


def _interaction(event_class: Any, event_type: str) -> tuple[str, Codec[Any], Any]:  # noqa: ANN401 (a class as value)
    event = event_class(**_envelope(event_type), type=event_type, data=_data(event_class))
    return event_type, interactions, event


def _survey() -> Custom[str]:
    _, _, event = _interaction(Custom, "x.survey.answered")
    about = replace(event.data, queue="sales", rating=Rating(score=4.0, best=5.0), agent="agent-1", ticket="t-1")
    answered: Custom[str] = replace(event, data=about)
    return answered


def _envelope(event_type: str) -> dict[str, Any]:
    return {
        "id": event_id("/channels/example", event_type),
        "source": "/channels/example",
        "time": MOMENT,
        "recordedtime": MOMENT,
        "dataschema": schema_of(event_type),
        "partitionkey": _CONVERSATION,
        "correlationid": _CONVERSATION,
        "causationid": "cause-1",
        "traceparent": _TRACE,
    }


def _data(event_class: Any) -> Interaction[str]:  # noqa: ANN401 (a class as value)
    facts: dict[str, Any] = {
        "channel": "email",
        "direction": "inbound",
        "conversation": _CONVERSATION,
        "identity": _HASH,
        "address": "support@shop.example",
        "language": "en",
        "content": _SEALED,
    }
    data_class = event_class.__annotations__["data"].__origin__
    if data_class is Message:
        return Message(**facts, message="m-1", in_reply_to="m-0")
    if data_class is Stay:
        return Stay(**facts, reason="left")
    if data_class is Call:
        return Call(**facts, reason="completed", duration=61.0)
    if data_class is Post:
        return Post(**facts, post="p-1")
    if data_class is Identification:
        return Identification(**facts, also=(Party(identity=_OTHER, content=_SEALED),), evidence="verified_login")
    if data_class is Occurrence:
        return Occurrence(**facts)
    return Interaction(**facts)
