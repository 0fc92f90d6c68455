"""Other pools: `north` sends contacts here and passes on what their customers do, `south` takes contacts over."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from services.routing.domain.commands import Command, EndContact, Ended, FireTimers, OpenTicket
from services.routing.domain.commands_relief import CameFrom, ForgetContact
from services.routing.domain.events_moves import ContactForgotten, PoolAsked
from services.routing.domain.state import Pool
from tests.unit.routing.scenario import IDENTITY

NORTH, SOUTH = "north", "south"
_numbers = st.integers(0, 2)


class NeighboursWitness:
    """What both of them know, made from the events alone. sent: by conversation, how many commands north has sent since
    it forgot the one before; asked: how many south was sent.
    """

    def __init__(self) -> None:
        self.sent: dict[str, int] = {}
        self.asked: dict[str, int] = {}

    def see(self, event: Any) -> None:  # noqa: ANN401 (any event)
        """Takes the next event in."""
        match event:
            case PoolAsked(command=ForgetContact() as told):
                assert event.pool == NORTH
                assert told.number == self.sent.pop(told.conversation), "it is done with all that it was sent"
            case PoolAsked():
                assert event.pool == SOUTH
                number = self.asked[event.conversation] = self.asked.get(event.conversation, 0) + 1
                came = getattr(event.command, "came", None)
                assert came is not None
                assert (came.pool, came.number) == ("main", number), "none is left out, and none comes twice"
            case ContactForgotten():
                del self.asked[event.conversation]

    def agrees_with(self, pool: Pool) -> None:
        """The pool remembers what it needs to, and nothing that is over."""
        assert {name: taken.number for name, taken in pool.taken.items()} == self.sent
        assert {name: moved.number for name, moved in pool.moved.items()} == self.asked
        assert pool.taken.keys() <= pool.index.conversations.keys() | pool.moved.keys()


class Neighbours(RuleBasedStateMachine):
    """Rules for the life of a pool."""

    pool: Pool
    now: datetime
    opened: int
    neighbours: NeighboursWitness

    @abstractmethod
    def do(self, command: Command | FireTimers, early: int = 0) -> None:
        """Has it decided."""

    def came(self, conversation: str) -> CameFrom:
        """North sends its next command about the conversation."""
        number = self.neighbours.sent[conversation] = self.neighbours.sent.get(conversation, 0) + 1
        return CameFrom(pool=NORTH, number=number, hops=1)

    @rule(
        number=_numbers,
        channel=st.sampled_from(("phone", "chat", "email")),
        queue=st.sampled_from(("sales", "mail")),
        late=st.integers(0, 40),
        waited=st.none() | st.integers(0, 60),
    )
    def contact_comes_from_north(self, number: int, channel: str, queue: str, late: int, waited: int | None) -> None:
        self.opened += 1
        conversation, happened = f"n{number}", self.now - timedelta(seconds=late)
        self.do(
            OpenTicket(
                ticket=f"t{self.opened}",
                conversation=conversation,
                channel=channel,
                identity=IDENTITY,
                queue=queue,
                by="overflow",
                happened=happened,
                since=None if waited is None else happened - timedelta(seconds=waited),
                came=self.came(conversation),
            )
        )

    @precondition(lambda self: self.neighbours.sent)
    @rule(number=_numbers, late=st.integers(-5, 40))
    def customer_leaves_in_north(self, number: int, late: int) -> None:
        conversation = f"n{number}"
        if conversation in self.neighbours.sent:
            ended = Ended(at=self.now - timedelta(seconds=late), reason="left")
            self.do(EndContact(conversation=conversation, ended=ended, came=self.came(conversation)))

    @precondition(lambda self: self.neighbours.asked)
    @rule(pick=st.integers(0, 5), behind=st.sampled_from((0, 0, 1)))
    def south_is_done(self, pick: int, behind: int) -> None:
        known = sorted(name for name, number in self.neighbours.asked.items() if number > behind)
        if known:
            conversation = known[pick % len(known)]
            number = self.neighbours.asked[conversation] - behind
            self.do(ForgetContact(conversation=conversation, number=number))
