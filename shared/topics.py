"""Every Kafka topic of the hub, each named once."""

from dataclasses import dataclass, field

_INTERNAL = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic without its namespace. key: what a record's key is; keys never hold an address.

    media_type: stands in the header `content-type` of its records, as CloudEvents' Kafka binding asks.
    A namespace (default `hub`) prefixes every topic of one organisation: `hub.interactions.v1`.
    """

    name: str
    partitions: int
    key: str
    purpose: str
    media_type: str = "application/cloudevents+json"
    config: dict[str, str] = field(default_factory=lambda: {"retention.ms": "-1"})

    def within(self, namespace: str) -> str:
        """The topic's full name in a namespace."""
        return f"{namespace}.{self.name}"


INTERACTIONS = Topic(
    name="interactions.v1", partitions=8, key="conversation", purpose="what customers do on any channel, sealed"
)
OUTBOUND = Topic(name="outbound.v1", partitions=4, key="conversation", purpose="replies that a channel has to deliver")
CUSTOMERS = Topic(
    name="customers.v1", partitions=4, key="the customer's first identity", purpose="decisions on who is one person"
)
CUSTOMER_COMMANDS = Topic(
    name="customer-commands.v1",
    partitions=1,
    key="decision stream",
    purpose="claims and requests to decide on",
    media_type=_INTERNAL,
)
TICKETS = Topic(name="tickets.v1", partitions=8, key="ticket", purpose="what becomes of each request")
AGENTS = Topic(name="agents.v1", partitions=4, key="agent", purpose="who is there, in which status")
ROUTING_COMMANDS = Topic(
    name="routing-commands.v1",
    partitions=8,
    key="pool",
    purpose="requests that a pool's one decision maker decides",
    media_type=_INTERNAL,
)
KPIS = Topic(
    name="kpis.v1",
    partitions=1,
    key="window or alert",
    purpose="rolling figures as they change, and deviations from targets",
    config={"retention.ms": "604800000"},
)
DEAD_LETTERS = Topic(
    name="dead-letters.v1",
    partitions=1,
    key="dead letter",
    purpose="records that could not be taken, with the reason",
    media_type=_INTERNAL,
)

TOPICS: tuple[Topic, ...] = (
    INTERACTIONS,
    OUTBOUND,
    CUSTOMERS,
    CUSTOMER_COMMANDS,
    TICKETS,
    AGENTS,
    ROUTING_COMMANDS,
    KPIS,
    DEAD_LETTERS,
)
