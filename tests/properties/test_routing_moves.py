"""Whatever happens while contacts go from pool to pool: nothing is lost, nothing is doubled, nothing is remembered
longer than needed.
"""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.commands import EndContact, Ended, FireTimers
from shared.contracts.tickets import TicketOpened
from tests.unit.routing.pools import Pools, at, to
from tests.unit.routing.scenario import open_ticket

PLANS = ({"a": "b"}, {"a": "b", "b": "c"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"})
steps = st.lists(
    st.sampled_from(("come", "come", "leave", "time", "time", "deliver", "deliver one")), min_size=5, max_size=40
)


@given(st.sampled_from(PLANS), steps)
def test_a_conversation_has_one_contact_at_a_time_and_all_of_it_ends(plan: dict[str, str], steps: list[str]) -> None:
    pools = Pools(**{name: to(other) for name, other in plan.items()})
    now = at(0)
    for number, step in enumerate(steps):
        now += timedelta(seconds=7)
        match step:
            case "come":
                wanted = open_ticket(
                    f"t{number}", happened=7 * (number + 1), queue="a", channel="chat", conversation="c"
                )
                pools.do("a", wanted, now)
            case "leave":
                pools.do("a", EndContact(conversation="c", ended=Ended(at=now, reason="left")), now)
            case "time":
                for name in pools.pools:
                    pools.do(name, FireTimers(), now)
            case "deliver":
                pools.deliver(now)
            case _:
                pools.deliver(now, most=1)
        assert sum(len(tickets) for tickets in pools.open().values()) <= 1 or pools.waiting
    pools.deliver(now)
    assert sum(len(tickets) for tickets in pools.open().values()) <= 1
    now += timedelta(seconds=1)
    pools.do("a", EndContact(conversation="c", ended=Ended(at=now, reason="left")), now)
    pools.deliver(now)
    assert (pools.open(), pools.remembered()) == ({}, {})
    opened = [event.ticket for _, event in pools.happened if isinstance(event, TicketOpened)]
    assert len(opened) == len(set(opened))
