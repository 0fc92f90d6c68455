"""Why a command is refused: a word for programs and a sentence for people, which says what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.routing.domain.hours import Fault
from services.routing.domain.state import Agent, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """word: snake_case, stable. detail: a sentence."""

    word: str
    detail: str


def no_pool(pool: str) -> Refused:
    return Refused(word="unknown_pool", detail=f"There is no pool {pool}. Make it first: PUT /v1/pools/{pool}.")


def no_queue(queues: Iterable[str]) -> Refused:
    names = ", ".join(queues)
    return Refused(word="unknown_queue", detail=f"The pool has no queue {names}. Make it first: PUT /v1/queues/….")


def no_calendar(calendar: str) -> Refused:
    detail = f"The pool has no calendar {calendar}. Make it first: PUT /v1/calendars/{calendar}."
    return Refused(word="unknown_calendar", detail=detail)


def impossible_calendar(faults: Iterable[Fault]) -> Refused:
    detail = " ".join(f"{fault.place}: {fault.reason}" for fault in faults)
    return Refused(word="impossible_calendar", detail=detail)


def in_use(agent: Agent, what: str) -> Refused:
    """what: a channel of which the agent has more, or `units`."""
    more = f"more contacts of {what}" if what != "units" else "more"
    detail = f"{agent.id} has {more} in hand than that. Lower it when they are done, or take some over first."
    return Refused(word="capacity_in_use", detail=detail)


def no_room(agent: Agent, channel: str) -> Refused:
    return Refused(word="no_room", detail=f"{agent.id} has no room for {channel} beside what is in hand.")


def away(agent: Agent) -> Refused:
    return Refused(word="away", detail=f"{agent.id} is not signed in. Choose a queue, or somebody who is there.")


def nowhere() -> Refused:
    return Refused(word="nowhere", detail="Say where to: a queue, an agent, or both.")


def stays_put(ticket: Ticket) -> Refused:
    where = f"waits in {ticket.queue}" if ticket.agent is None else f"is with {ticket.agent}"
    return Refused(word="stays_put", detail=f"The ticket {where} already.")


def no_code(codes: Iterable[str]) -> Refused:
    return Refused(word="no_code", detail=f"Say under which code it is resolved: {', '.join(codes)}.")


def in_the_past(what: str) -> Refused:
    return Refused(word="in_the_past", detail=f"{what} is in the past.")


def goes_round(queues: Iterable[str]) -> Refused:
    path = " → ".join(queues)
    return Refused(word="overflow_loop", detail=f"Contacts that overflow would go round: {path}. Take one step out.")


def rings_out_of_order(times: Iterable[float]) -> Refused:
    named = ", ".join(f"{time:g}" for time in times)
    return Refused(
        word="rings_out_of_order", detail=f"Rings follow each other in time, but after_s is {named}. Sort them."
    )


def no_target(targets: Iterable[str]) -> Refused:
    named = ", ".join(f"{target}_s" for target in targets)
    detail = f"escalate_on names what has no target. Set {named} in targets, or take it out."
    return Refused(word="no_target", detail=detail)


def no_agent(agent: str) -> Refused:
    return Refused(
        word="unknown_agent", detail=f"There is no agent {agent}. An administrator adds it: PUT /v1/agents/{agent}."
    )


def not_open(ticket: str) -> Refused:
    return Refused(word="not_open", detail=f"There is no open ticket {ticket} in this pool.")


def not_theirs(ticket: Ticket, agent: str) -> Refused:
    return Refused(word="not_theirs", detail=f"The ticket is {ticket.phase} and not with {agent}.")


def same_ticket(ticket: str) -> Refused:
    return Refused(word="same_ticket", detail=f"{ticket} is this very ticket. Name another one.")


def wrong_phase(ticket: Ticket, phases: Iterable[str]) -> Refused:
    wanted = " or ".join(phases)
    return Refused(word="wrong_phase", detail=f"The ticket is {ticket.phase}; this needs one that is {wanted}.")


def open_contacts(count: int) -> Refused:
    return Refused(word="open_contacts", detail=f"There are {count} contacts in hand. Resolve them, then go offline.")
