"""Folding a partition: repetitions, lines, agents."""

from services.metrics.domain.fold import AgentFold, TicketFold
from services.metrics.domain.lines import Line
from services.metrics.domain.windows import moment_of
from shared.contracts.agents import AgentEvent, AgentSignedIn, AgentSignedOut, AgentSkillsChanged, AgentStatusChanged
from tests.oracle.histories import decided
from tests.unit.metrics.given import abandoned, accepted, at, fold, queued


def test_what_is_published_again_counts_once() -> None:
    state = TicketFold()
    first = [decided(queued("a", 0), "main", 1, 0), decided(accepted("a", 9), "main", 2, 0)]
    changes = state.fold([*first, *first, decided(queued("b", 10), "main", 3, 0), *first])
    assert sum(cell.offered for cell in changes.cells.values()) == 2
    assert changes.strays == 0


def test_several_events_of_one_decision_all_count() -> None:
    state = TicketFold()
    changes = state.fold([decided(queued("a", 0), "main", 1, 0), decided(queued("b", 0), "main", 1, 1)])
    assert sum(cell.offered for cell in changes.cells.values()) == 2


def test_each_decision_stream_has_its_own_sequence() -> None:
    state = TicketFold()
    changes = state.fold([decided(queued("a", 0), "main", 7, 0), decided(queued("b", 0), "other", 1, 0)])
    assert sum(cell.offered for cell in changes.cells.values()) == 2


def test_a_line_tells_how_many_wait_and_since_when_the_first() -> None:
    state, _ = fold(queued("a", 5), queued("b", 1), queued("c", 3), accepted("b", 9), queued("d", 4, queue="support"))
    assert sorted(state.lines.now(), key=lambda line: line.queue) == [
        Line(queue="sales", channel="phone", count=2, oldest=moment_of(at(3))),
        Line(queue="support", channel="phone", count=1, oldest=moment_of(at(4))),
    ]


def test_who_is_queued_again_waits_since_then() -> None:
    state, _ = fold(queued("a", 0), queued("b", 1), queued("a", 5))
    (line,) = state.lines.now()
    assert (line.count, line.oldest) == (2, moment_of(at(1)))


def test_a_line_that_nobody_waits_in_is_gone() -> None:
    state, _ = fold(queued("a", 0), abandoned("a", 1))
    assert state.lines.now() == []
    assert state.contacts == {}


def test_a_line_stays_small_while_one_contact_waits_for_ever() -> None:
    state = TicketFold()
    state.fold([decided(queued("patient", 0), "main", 1, 0)])
    for number in range(2, 2_000, 2):
        come_and_go = [queued("guest", number), abandoned("guest", number + 1)]
        state.fold(decided(event, "main", number + place, 0) for place, event in enumerate(come_and_go))
    assert state.lines.size() < 100
    assert state.lines.now()[0].oldest == moment_of(at(0))


def agents_after(*events: AgentEvent) -> dict[str, str]:
    state = AgentFold()
    state.fold(decided(event, "main", number, 0) for number, event in enumerate(events, start=1))
    return dict(state.agents)


def test_who_signs_in_is_busy_until_they_are_available() -> None:
    signed_in = AgentSignedIn(agent="ann", at=at(0), pool="main")
    assert agents_after(signed_in) == {"ann": "busy"}
    assert agents_after(signed_in, AgentStatusChanged(agent="ann", at=at(1), status="available")) == {
        "ann": "available"
    }


def test_who_is_offline_or_signed_out_is_not_counted() -> None:
    signed_in = AgentSignedIn(agent="ann", at=at(0), pool="main")
    assert agents_after(signed_in, AgentSignedOut(agent="ann", at=at(1))) == {}
    assert agents_after(signed_in, AgentStatusChanged(agent="ann", at=at(1), status="offline")) == {}
    assert agents_after(AgentSignedOut(agent="bob", at=at(1))) == {}


def test_skills_do_not_change_a_status() -> None:
    signed_in = AgentSignedIn(agent="ann", at=at(0), pool="main")
    assert agents_after(signed_in, AgentSkillsChanged(agent="ann", at=at(1), skills=("german",))) == {"ann": "busy"}


def test_an_agents_event_published_again_does_not_turn_the_status_back() -> None:
    state = AgentFold()
    away: AgentEvent = AgentStatusChanged(agent="ann", at=at(0), status="break")
    back: AgentEvent = AgentStatusChanged(agent="ann", at=at(1), status="available")
    state.fold(decided(event, "main", sequence, 0) for event, sequence in ((away, 1), (back, 2), (away, 1)))
    assert state.agents == {"ann": "available"}
