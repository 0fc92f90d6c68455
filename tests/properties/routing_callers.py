"""What customers do: they call and write, hang up, come back, and ask to be called back."""

from abc import abstractmethod
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from services.routing.domain.commands import Command, EndContact, Ended, FireTimers, OpenTicket
from services.routing.domain.commands_relief import HearCallbackWish, RequestCallback
from services.routing.domain.state import Pool
from shared.contracts.tickets import Kind
from tests.properties.routing_colleagues import QUEUES, agents
from tests.properties.routing_settings import subsets
from tests.unit.routing.scenario import IDENTITY

LANGUAGES = ("de", "en")
KINDS: tuple[Kind, ...] = ("request", "complaint")
CHANNELS = ("phone", "chat", "chat", "email", "fax", "voicemail")
Request = tuple[str, str, tuple[str, ...], int | None]
requests: st.SearchStrategy[Request] = st.tuples(
    st.sampled_from(QUEUES), st.sampled_from(CHANNELS), subsets, st.none() | st.integers(1, 3)
)


class Callers(RuleBasedStateMachine):
    """Rules for the life of a pool. opened: how many tickets were asked for."""

    pool: Pool
    now: datetime
    opened: int

    @abstractmethod
    def do(self, command: Command | FireTimers, early: int = 0) -> None:
        """Has it decided."""

    @rule(
        wanted=st.lists(requests, min_size=1, max_size=4),
        late=st.integers(0, 40),
        manager=st.none() | agents,
        last=st.none() | agents,
        language=st.none() | st.sampled_from(LANGUAGES),
        kind=st.sampled_from(KINDS),
    )
    def customers_come(
        self,
        wanted: list[Request],
        late: int,
        manager: str | None,
        last: str | None,
        language: str | None,
        kind: Kind,
    ) -> None:
        for queue, channel, skills, priority in wanted:
            self.opened += 1
            happened = self.now - timedelta(seconds=late)
            self.do(
                OpenTicket(
                    ticket=f"t{self.opened}",
                    conversation=f"c{self.opened % 12}",
                    channel=channel,
                    identity=IDENTITY,
                    queue=queue,
                    happened=happened,
                    skills=skills,
                    priority=priority,
                    account_manager=manager,
                    last_agent=last,
                    language=language,
                    kind=kind,
                    ended=Ended(at=happened, reason="hung_up") if late == 13 else None,
                )
            )

    @rule(number=st.integers(0, 11), late=st.integers(-5, 40))
    def hang_up(self, number: int, late: int) -> None:
        at = self.now - timedelta(seconds=late)
        self.do(EndContact(conversation=f"c{number}", ended=Ended(at=at, reason="hung_up")))

    @precondition(lambda self: any(ticket.phase in ("pending", "resolved") for ticket in self.pool.tickets.values()))
    @rule(pick=st.integers(0, 20), late=st.integers(0, 3), message=st.booleans())
    def customer_comes_back(self, pick: int, late: int, message: bool) -> None:
        """The customer of what is pending or resolved."""
        rest = sorted(ticket.id for ticket in self.pool.tickets.values() if ticket.phase in ("pending", "resolved"))
        ticket, self.opened = self.pool.tickets[rest[pick % len(rest)]], self.opened + 1
        self.do(
            OpenTicket(
                ticket=f"t{self.opened}",
                conversation=ticket.conversation,
                channel=ticket.channel,
                identity=IDENTITY,
                queue=ticket.queue,
                happened=self.now - timedelta(seconds=late),
                message=message,
            )
        )

    @rule(number=st.integers(0, 11), late=st.integers(-5, 40))
    def caller_presses_a_key(self, number: int, late: int) -> None:
        self.do(HearCallbackWish(conversation=f"c{number}", wished=self.now - timedelta(seconds=late)))

    @precondition(lambda self: self.pool.tickets)
    @rule(pick=st.integers(0, 20))
    def caller_wants_to_be_called_back(self, pick: int) -> None:
        known = sorted(self.pool.tickets)
        if known:
            self.do(RequestCallback(ticket=known[pick % len(known)], by="telephony"))
