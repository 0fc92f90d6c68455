"""What routing makes of hub.customers.v1: the newest of each identity counts, and poison stops nothing."""

from uuid import uuid4

import pytest

from shared.contracts.codec import customers
from shared.contracts.customers import CustomerEvent
from shared.contracts.decided import Decided
from shared.dead_letters import codec as dead_letters
from shared.mongo import Document, connect, database
from shared.publishing import Outgoing, Publisher
from shared.topics import CUSTOMERS, DEAD_LETTERS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.routing.log import records
from tests.integration.running_service import RunningService
from tests.properties.test_routing_customers import known

pytestmark = pytest.mark.asyncio(loop_scope="package")


def record(event: Decided[CustomerEvent]) -> Outgoing:
    return Outgoing(event.partitionkey, customers.encode(event))


async def heard(servers: Servers, routing: RunningService, identity: str, sequence: int) -> Document:
    """What routing keeps of an identity, once it has heard that decision."""
    async with connect(servers.mongo) as client:
        view = database(client, routing.namespace, "routing")["customers"]
        found = await eventually(
            lambda: view.find_one({"_id": identity, "sequence": {"$gte": sequence}}), what=f"decision {sequence}"
        )
    assert found is not None
    return found


async def test_what_is_told_again_or_late_changes_nothing(
    servers: Servers, routing: RunningService, publisher: Publisher
) -> None:
    identity = uuid4().hex
    old, new = known(identity, 3, 2, segment="silver"), known(identity, 12, 1, segment="gold")
    same_decision, last = known(identity, 12, 0, segment="bronze"), known(identity, 13, 0)
    await publisher.publish(CUSTOMERS, [record(new)])
    assert (await heard(servers, routing, identity, 12))["segment"] == "gold"
    of_another = uuid4().hex
    for event in (old, new, same_decision):
        await publisher.publish(CUSTOMERS, [record(event)])
    # in the same partition as what must change nothing, so heard after it
    await publisher.publish(CUSTOMERS, [Outgoing(identity, customers.encode(known(of_another, 1, 0)))])
    await heard(servers, routing, of_another, 1)
    assert (await heard(servers, routing, identity, 12))["segment"] == "gold"
    await publisher.publish(CUSTOMERS, [record(last)])
    assert (await heard(servers, routing, identity, 13))["segment"] is None


async def test_poison_is_dead_lettered_and_what_comes_behind_it_is_heard(
    servers: Servers, routing: RunningService, publisher: Publisher
) -> None:
    identity = uuid4().hex
    good = customers.encode(known(identity, 1, 0, segment="gold"))
    poison = [b"{", good.replace(b'"gold"', b'"ann@shop.example"'), good.replace(b"customer.known", b"customer.sung")]
    await publisher.publish(CUSTOMERS, [Outgoing(identity, value) for value in (*poison, good)])
    assert (await heard(servers, routing, identity, 1))["segment"] == "gold"
    group = f"{routing.namespace}.routing.customers"

    async def buried() -> list[str]:
        letters = await records(servers, routing.namespace, DEAD_LETTERS, dead_letters)
        found = [letter.reason for letter in letters if letter.group == group]
        return found if len(found) >= len(poison) else []

    reasons = await eventually(buried, what="the dead letters")
    assert all(reason.startswith("No event model accepts the record") for reason in reasons)
    assert not any("ann@" in reason for reason in reasons)
