"""What the hub promises, checked from outside after whatever happened to it."""

from datetime import datetime, timedelta

from shared.contracts.decided import Decided
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketDeclined,
    TicketEvent,
    TicketExpired,
    TicketOffered,
    TicketOpened,
    TicketResolved,
)
from tests.e2e.running_hub import RunningHub
from tests.e2e.traffic import Accepted
from tests.oracle import kpis as oracle
from tests.oracle.comparing import assert_same_figures

_WINDOW = timedelta(minutes=15)


def every_accepted_event_is_on_the_timeline_once(hub: RunningHub, accepted: Accepted) -> None:
    """Reads each identity's whole timeline, page by page."""
    for identity, events in accepted.by_identity.items():
        found = timeline_of(hub, identity)
        assert len(found) == len(set(found)), f"{identity} has an entry twice"
        assert set(found) == events, f"{identity}: lost {len(events - set(found))}, extra {len(set(found) - events)}"


def timeline_of(hub: RunningHub, identity: str) -> list[str]:
    """The ids of all interactions in an identity's timeline, by entry, the newest one first."""
    first = hub.get("profile", "/v1/timeline", identity=identity)
    customer, page = first["customer"]["id"], first["timeline"]
    items = page["items"]
    while page["next"]:
        page = hub.get("profile", f"/v1/customers/{customer}/timeline", before=page["next"], limit=100)
        items += page["items"]
    events = [event for entry in items for event in entry["events"]]
    return [event["id"] for event in events if not event["type"].startswith("hub.ticket.")]


def every_ticket_is_with_one_agent_at_most(log: list[Decided[TicketEvent]]) -> None:
    """Walks through the decisions in their order: who has what, at every moment."""
    agents: dict[str, str | None] = {}
    ordered = sorted(oracle.once(log), key=lambda event: (event.stream, event.sequence, event.number))
    for event in ordered:
        match event.data:
            case TicketOpened(ticket=ticket):
                assert ticket not in agents, f"{ticket} was opened twice"
                agents[ticket] = None
            case TicketOffered(ticket=ticket, agent=agent):
                assert agents[ticket] is None, f"{ticket} was offered to {agent} while {agents[ticket]} had it"
                agents[ticket] = agent
            case TicketAccepted(ticket=ticket, agent=agent):
                assert agents[ticket] == agent, f"{agent} took {ticket}, which {agents[ticket]} was offered"
            case TicketDeclined(ticket=ticket) | TicketExpired(ticket=ticket) | TicketAbandoned(ticket=ticket):
                agents[ticket] = None
            case TicketResolved(ticket=ticket, agent=agent):
                assert agents[ticket] == agent
                agents[ticket] = None


def one_ticket_per_conversation_is_open(log: list[Decided[TicketEvent]]) -> None:
    """No conversation has two open tickets at any moment of the log."""
    open_tickets: dict[str, str] = {}
    conversations: dict[str, str] = {}
    for event in sorted(oracle.once(log), key=lambda event: (event.stream, event.sequence, event.number)):
        match event.data:
            case TicketOpened(ticket=ticket, conversation=conversation):
                assert conversation not in open_tickets, f"{conversation} got a second open ticket"
                open_tickets[conversation], conversations[ticket] = ticket, conversation
            case TicketAbandoned(ticket=ticket) | TicketResolved(ticket=ticket):
                open_tickets.pop(conversations[ticket])


def kpis_equal_the_log(hub: RunningHub, log: list[Decided[TicketEvent]]) -> None:
    """Compares every figure of every queue and of all with the independent calculation, for the same moment."""
    stays = oracle.stays(log)
    for by in ("all", "queue", "channel"):
        measured = hub.get("metrics", "/v1/kpis", window="15m", by=by)
        as_of = datetime.fromisoformat(measured["as_of"])
        assert measured["items"], f"no figures by {by}"
        for item in measured["items"]:
            key = {name: value for name, value in item["key"].items() if name in ("queue", "channel")}
            expected = oracle.kpis(stays, span=_WINDOW, as_of=as_of, **key)
            told_here = ("waiting", *oracle.FIGURES)
            assert_same_figures(
                {name: item["kpis"][name] for name in told_here},
                {name: expected[name] for name in told_here},
            )
