"""What a pool's decision maker is asked to do. `do` names the command where it is stored or sent as JSON."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Len

from services.routing.domain.answer_command import AnswerContact
from services.routing.domain.commands_annotating import AnnotatingCommand
from services.routing.domain.commands_complaints import ComplaintCommand
from services.routing.domain.commands_consulting import ConsultingCommand
from services.routing.domain.commands_merging import MergeTicket
from services.routing.domain.commands_monitoring import MonitoringCommand
from services.routing.domain.commands_relief import CameFrom, ForgetContact, HearCallbackWish, RequestCallback
from services.routing.domain.configuration import AgentSettings, PoolSettings, QueueSettings, Rank, Skills
from services.routing.domain.hours import CalendarSettings
from shared.contracts.agents import ChosenStatus
from shared.contracts.envelope import STRICT
from shared.contracts.tickets import Kind
from shared.contracts.values import Channel, Conversation, Moment, Name, PrimaryLanguage


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """That a conversation was over, when, and why (`hung_up`, `left`, …)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    at: Moment
    reason: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """A customer asks for something: a ticket is opened unless the conversation has an open one.

    ticket: the id it gets. by: what chose the queue (see rules.Choice). happened: when the customer asked. skills:
    hints that came with it. needs: skills that the rule asks, with the least level. priority: a hint, or else the
    rule's. kind: what it is about. customer, segment, account_manager, last_agent: what is known of the customer just
    then; the last two are agents. language: the interaction's, or else the customer's. ended: set where the
    conversation is known to be over already, because its end arrived before its beginning. since: from when on its
    wait counts, where that is earlier. came: it comes from another pool. message: whether it is asked by a message,
    which wants an answer in writing.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["open_ticket"] = "open_ticket"
    ticket: Name
    conversation: Conversation
    channel: Channel
    identity: Name
    queue: Name
    happened: Moment
    by: Name | None = None
    skills: tuple[Name, ...] = ()
    needs: Skills = field(default_factory=dict)
    priority: Annotated[int, Ge(1)] | None = None
    kind: Kind = "request"
    customer: Name | None = None
    segment: Name | None = None
    account_manager: Name | None = None
    last_agent: Name | None = None
    language: PrimaryLanguage | None = None
    ended: Ended | None = None
    since: Moment | None = None
    came: CameFrom | None = None
    message: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EndContact:
    """The customer hung up or left. Without an open ticket it means nothing. came: it comes from another pool."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["end_contact"] = "end_contact"
    conversation: Conversation
    ended: Ended
    came: CameFrom | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTicket:
    """agent: who acts."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    ticket: Name
    agent: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptTicket(OfTicket):
    do: Literal["accept_ticket"] = "accept_ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineTicket(OfTicket):
    do: Literal["decline_ticket"] = "decline_ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTicket(OfTicket):
    do: Literal["hold_ticket"] = "hold_ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeTicket(OfTicket):
    do: Literal["resume_ticket"] = "resume_ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWrapup(OfTicket):
    do: Literal["start_wrapup"] = "start_wrapup"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveTicket(OfTicket):
    """code: what it is filed under, where the queue has a list."""

    do: Literal["resolve_ticket"] = "resolve_ticket"
    code: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendTicket(OfTicket):
    """It waits for somebody outside, until then at most."""

    do: Literal["pend_ticket"] = "pend_ticket"
    on: Literal["customer", "third_party"]
    until: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByPerson:
    """by: the person. agent: set where an agent does it with a ticket of its own; supervisors do it with any."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    ticket: Name
    by: Name
    agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTicket(ByPerson):
    """To another queue of the pool, to an agent, or to an agent in another queue."""

    do: Literal["transfer_ticket"] = "transfer_ticket"
    queue: Name | None = None
    to: Name | None = None
    reason: Annotated[str, Len(1, 200)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateTicket(ByPerson):
    """To the queue that sees to escalations, or up in its own."""

    do: Literal["escalate_ticket"] = "escalate_ticket"
    reason: Annotated[str, Len(1, 200)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeTicket(ByPerson):
    """`agent` gets the ticket at once, whoever has it or is asked."""

    do: Literal["take_ticket"] = "take_ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenTicket(ByPerson):
    do: Literal["reopen_ticket"] = "reopen_ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTicket(ByPerson):
    do: Literal["close_ticket"] = "close_ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrioritiseTicket(ByPerson):
    do: Literal["prioritise_ticket"] = "prioritise_ticket"
    priority: Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatus:
    """The first status that is not `offline` signs the agent in, `offline` signs it out.

    by: the supervisor who does it. force: what an agent who is signed out has in hand goes back to its queues.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["set_status"] = "set_status"
    agent: Name
    status: ChosenStatus
    reason: Name | None = None
    by: Name | None = None
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurePool:
    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["configure_pool"] = "configure_pool"
    settings: PoolSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureQueue:
    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["configure_queue"] = "configure_queue"
    queue: Name
    settings: QueueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureAgent:
    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["configure_agent"] = "configure_agent"
    agent: Name
    settings: AgentSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureSkill:
    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["configure_skill"] = "configure_skill"
    skill: Name
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureCalendar:
    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["configure_calendar"] = "configure_calendar"
    calendar: Name
    settings: CalendarSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class FireTimers:
    """Time has passed. Only the pool's own decision maker says so; it never comes from outside."""


TicketCommand = AcceptTicket | DeclineTicket | HoldTicket | ResumeTicket | StartWrapup | ResolveTicket | PendTicket
"""What an agent does with a ticket that it is asked for or has."""

PersonCommand = TransferTicket | EscalateTicket | TakeTicket | ReopenTicket | CloseTicket | PrioritiseTicket
"""What agents do with tickets of their own, and supervisors with any."""

Configure = ConfigurePool | ConfigureQueue | ConfigureAgent | ConfigureSkill | ConfigureCalendar
Relief = RequestCallback | ForgetContact
Command = (
    OpenTicket
    | EndContact
    | HearCallbackWish
    | AnswerContact
    | TicketCommand
    | PersonCommand
    | SetStatus
    | Configure
    | MonitoringCommand
    | Relief
    | AnnotatingCommand
    | MergeTicket
    | ConsultingCommand
    | ComplaintCommand
)
"""What can be asked from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command with its times. at: when it was asked. now: when it is decided; offers run from here."""

    command: Command | FireTimers
    at: datetime
    now: datetime
