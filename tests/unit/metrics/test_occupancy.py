"""Occupancy and time in statuses, calculated by hand, and the example of docs/kpis.md."""

from services.metrics.domain.dimensions import DIMENSIONS, Key, Row
from services.metrics.domain.drill import counted
from services.metrics.domain.figures import Figures
from services.metrics.domain.history import figures_between
from services.metrics.domain.kpis import Choice
from services.metrics.domain.lasting import Lasting
from services.metrics.domain.presence import Presence
from services.metrics.domain.windows import LONGEST, moment_of
from shared.contracts.agents import AgentEvent, AgentSignedOut
from shared.contracts.tickets import TicketAccepted, TicketEvent, TicketOpened
from tests.unit.metrics.given import at, fold, held, queued, resolved, resumed, wrapup
from tests.unit.metrics.test_agents import after, signed_in, turned

MINUTE = 60
ANN: Key = ("agent", "ann")


def opened(ticket: str, when: float, pool: str) -> TicketEvent:
    return TicketOpened(ticket=ticket, at=at(when), pool=pool, conversation=ticket, channel="chat", identity="0" * 32)


def accepted(ticket: str, when: float, units: int | None = None, agent: str = "ann") -> TicketEvent:
    return TicketAccepted(ticket=ticket, at=at(when), queue="sales", agent=agent, units=units)


def contact(ticket: str, since: float, until: float, units: int | None = None, agent: str = "ann") -> list[TicketEvent]:
    return [queued(ticket, 0), accepted(ticket, since, units, agent), resolved(ticket, until)]


def rows(agent: list[AgentEvent], tickets: list[TicketEvent]) -> list[Row]:
    return [*after(*agent).rows().values(), *fold(*tickets).rows().values()]


def kpis(
    agent: list[AgentEvent], tickets: list[TicketEvent], *, key: Key = ANN, definition: str = "wall-clock"
) -> dict[str, float | None]:
    """Of the hour after nine."""
    groups = figures_between(moment_of(at(0)), moment_of(at(3_600)), rows(agent, tickets), ("all", "agent", "pool"))
    return Choice.of([definition]).measure(groups.get(key, Figures()))


def test_the_worked_example() -> None:
    """Signed in for 60 minutes: available for 50, on a break for 10. Two chats, from minute 5 to 25 and 15 to 30, each
    of 2 of 8 units, and a call from 40 to 45 that takes all.
    """
    agent = [signed_in(0), turned("available", 0, capacity=8), turned("break", 50 * MINUTE), turned("available", 3_600)]
    tickets = [
        *contact("one", 5 * MINUTE, 25 * MINUTE, units=2),
        *contact("two", 15 * MINUTE, 30 * MINUTE, units=2),
        *contact("call", 40 * MINUTE, 45 * MINUTE, units=8),
    ]
    told = kpis(agent, tickets)
    assert (told["signed_in_time"], told["available_time"], told["break_time"]) == (3_600, 3_000, 600)
    assert (told["busy_time"], told["not_responding_time"]) == (0, 0)
    assert told["occupancy"] == 30 / 50
    assert kpis(agent, tickets, definition="weighted")["occupancy"] == (20 * 2 + 15 * 2 + 5 * 8) / (50 * 8)


def test_hold_and_wrapup_occupy_as_talking_does() -> None:
    tickets = [queued("t", 0), accepted("t", 0), held("t", 600), resumed("t", 1_200), wrapup("t", 1_500)]
    assert kpis([turned("available", 0)], [*tickets, resolved("t", 1_800)])["occupancy"] == 0.5


def test_a_contact_occupies_in_whatever_status_and_time_without_one_counts_only_while_available() -> None:
    agent = [turned("available", 0), turned("busy", 600), turned("break", 1_200), turned("offline", 1_800)]
    assert kpis(agent, contact("t", 300, 2_100))["occupancy"] == 1_800 / 2_100
    assert kpis(agent, contact("t", 0, 0))["occupancy"] == 0
    assert kpis([turned("busy", 0)], [])["occupancy"] is None


def test_an_agent_of_whom_nothing_is_told_is_occupied_by_its_contacts() -> None:
    told = kpis([], contact("t", 0, 600))
    assert (told["occupancy"], told["signed_in_time"], told["available_time"]) == (1.0, None, None)


def test_contacts_that_tell_no_units_take_all_and_none_takes_more_than_there_is() -> None:
    agent: list[AgentEvent] = [turned("available", 0, capacity=4)]
    of_no_units, of_many = contact("t", 0, 1_800), contact("u", 0, 1_800, units=9)
    assert kpis(agent, of_no_units, definition="weighted")["occupancy"] == 0.5
    assert kpis(agent, [*of_many, *of_no_units], definition="weighted")["occupancy"] == 0.5
    assert kpis(agent, of_many, definition="weighted")["occupancy"] == 0.5


def test_an_agent_with_more_units_weighs_more() -> None:
    """Ann has 24 units and half of them in use for an hour; Bob, of whom no capacity is told, has 8 and nothing."""
    ann, bob = [turned("available", 0, capacity=24)], [turned("available", 0)]
    groups = figures_between(
        moment_of(at(0)),
        moment_of(at(3_600)),
        [
            *rows(ann, contact("t", 0, 3_600, units=12)),
            *(_of_bob(row) for row in after(*bob).rows().values()),
        ],
        DIMENSIONS,
    )
    assert Choice.of(["weighted"]).measure(groups["all", ""])["occupancy"] == 12 / 32
    assert Choice.of().measure(groups["all", ""])["occupancy"] == 0.5


def _of_bob(row: Presence) -> Presence:
    row.agent = "bob"
    return row


def test_a_pool_has_the_contacts_of_its_own_and_the_time_signed_in_to_it() -> None:
    agent = [signed_in(0, "a"), turned("available", 0), signed_in(1_800, "b"), turned("available", 1_800)]
    tickets = [opened("t", 0, "a"), *contact("t", 900, 2_700)]
    assert kpis(agent, tickets, key=("pool", "a"))["occupancy"] == 1_800 / 2_700
    assert kpis(agent, tickets, key=("pool", "b"))["occupancy"] == 0
    assert kpis(agent, tickets, key=("pool", "b"))["available_time"] == 1_800
    assert kpis(agent, tickets)["occupancy"] == 0.5


def live(lasting: Lasting, now: float, span: int = 300) -> dict[str, float | None]:
    ends = int(at(now).timestamp())
    groups = lasting.within(span, ends, DIMENSIONS, split=False)
    return Choice.of().measure(groups.get(ANN, Figures()))


def put(lasting: Lasting, *some: Row) -> None:
    for row in some:
        named = row.place if isinstance(row, Presence) else getattr(row, "ticket", "")
        lasting.put(f"{type(row).__name__} {named}", row)


def test_a_status_that_lasts_fills_the_window_without_any_event() -> None:
    lasting = Lasting(0)
    put(lasting, *after(turned("available", 0)).rows().values())
    assert [live(lasting, now)["available_time"] for now in (1, 200, 300, 4_000)] == [1, 200, 300, 300]


def test_a_window_that_nobody_asked_for_long_is_right() -> None:
    lasting, start = Lasting(0), int(at(0).timestamp())
    assert live(lasting, 10)["available_time"] is None
    put(lasting, *after(turned("available", 100)).rows().values())
    lasting.forget(start + 20_000 - LONGEST)
    assert live(lasting, 20_000)["available_time"] == 300


def test_a_contact_that_somebody_else_accepted_as_became_known_later_is_theirs_alone() -> None:
    lasting = Lasting(0)
    put(lasting, *fold(queued("t", 0), accepted("t", 10, agent="ann")).rows().values())
    assert live(lasting, 100)["occupancy"] == 1.0
    put(lasting, *fold(queued("t", 0), accepted("t", 10, agent="bob")).rows().values())
    assert live(lasting, 100)["occupancy"] is None


def test_a_stay_adds_what_of_it_lies_in_the_time_to_its_own_keys() -> None:
    (row,) = after(signed_in(100)).rows().values()
    parts = frozenset({"busy_split"})

    def added(begin: float, end: float, key: Key = ANN) -> dict[str, int] | None:
        found = counted(row, key, parts, moment_of(at(begin)), moment_of(at(end)))
        return found.parts if found else None

    assert added(0, 160) == added(0, 160, ("pool", "main")) == {"busy_split": 60_000_000}
    assert added(200, 260) == {"busy_split": 60_000_000}
    assert added(0, 100) is None
    assert added(0, 160, ("agent", "bob")) is None


def test_what_is_taken_back_after_it_was_over_long_ago_leaves_nothing_behind() -> None:
    lasting, start = Lasting(0), int(at(0).timestamp())
    put(lasting, *after(turned("available", 0)).rows().values())
    assert live(lasting, 10_000)["available_time"] == 300
    lasting.forget(start + 10_000 - LONGEST)
    put(lasting, *after(turned("available", 0), turned("break", 60)).rows().values())
    told = live(lasting, 10_001)
    assert (told["available_time"], told["break_time"]) == (0, 300)
    put(lasting, *after(turned("available", 0), turned("break", 60), turned("busy", 9_901)).rows().values())
    told = live(lasting, 10_001)
    assert (told["break_time"], told["busy_time"]) == (200, 100)
    gone = AgentSignedOut(agent="ann", at=at(10_001))
    put(lasting, *after(turned("available", 0), turned("break", 60), turned("busy", 9_901), gone).rows().values())
    assert live(lasting, 10_301)["signed_in_time"] is None
