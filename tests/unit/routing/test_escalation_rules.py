"""Tickets are escalated by rule when they are warned of a target, or when it is breached."""

from services.routing.domain.commands import ConfigureAgent, ConfigureQueue, OpenTicket
from services.routing.domain.configuration import AgentSettings, QueueSettings
from services.routing.domain.refusals import Refused
from services.routing.domain.targets import EscalationRule, TargetSettings
from shared.contracts.tickets import TicketEscalated
from tests.unit.routing.desk import HOUR, MINUTE, Desk, at, local, told
from tests.unit.routing.scenario import given, when, word

FIRST = TargetSettings(first_response_s=4 * HOUR)


BREACHED = EscalationRule(target="first_response", at="breached")
WARNED = EscalationRule(target="first_response", at="warned")


def test_a_breach_escalates_by_rule_as_a_person_would() -> None:
    desk = Desk(FIRST, escalate_on=(BREACHED,), escalate_to="night")
    desk.customer_writes("Mon 09:00")
    events = desk.wait_until("Mon 13:00")
    (escalated,) = [event for event in events if isinstance(event, TicketEscalated)]
    assert (escalated.by, escalated.priority, escalated.reason) == ("rule", 3, "first_response breached")
    assert (desk.ticket.queue, desk.ticket.priority, local(desk.ticket.entered or at("Mon 00:00"))) == (
        "night",
        3,
        "Mon 13:00",
    )
    assert desk.wait_until("Tue2 12:00") == []


def test_each_escalates_once() -> None:
    desk = Desk(
        TargetSettings(first_response_s=4 * HOUR, resolution_s=4 * HOUR),
        escalate_on=(WARNED, BREACHED, EscalationRule(target="resolution", at="breached")),
    )
    desk.customer_writes("Mon 09:00")
    events = desk.wait_until("Tue 17:00")
    reasons = [event.reason for event in events if isinstance(event, TicketEscalated)]
    assert reasons == ["first_response warned", "first_response breached and resolution breached"]
    assert desk.ticket.priority == 1


def test_two_that_are_escalated_at_once_do_not_get_in_each_others_way() -> None:
    rule = EscalationRule(target="resolution", at="breached")
    desk = Desk(TargetSettings(resolution_s=HOUR), escalate_on=(rule,))
    settings = AgentSettings(name="Ann", limits={"email": 1})
    desk.do(ConfigureAgent(agent="ann", settings=settings))
    desk.customer_writes("Mon 09:00")
    desk.ann_takes_it("Mon 09:00")
    second = OpenTicket(
        ticket="t2", conversation="c2", channel="email", identity="i2", queue="mail", happened=at("Mon 09:00")
    )
    desk.do(second)
    desk.wait_until("Mon 10:00")
    with_ann = {ticket.id for ticket in desk.pool.tickets.values() if ticket.agent == "ann"}
    assert set(desk.pool.agents["ann"].hand) == with_ann
    assert [ticket.priority for ticket in desk.pool.tickets.values()] == [3, 3]


def test_two_queues_that_escalate_to_each_other_come_to_an_end() -> None:
    desk = Desk(FIRST, night=TargetSettings(first_response_s=HOUR))
    night = QueueSettings(
        name="Night", targets=TargetSettings(first_response_s=HOUR), escalate_on=(WARNED, BREACHED), escalate_to="mail"
    )
    desk.do(ConfigureQueue(queue="night", settings=night))
    desk.mail(FIRST, escalate_on=(WARNED, BREACHED), escalate_to="night")
    desk.customer_writes("Mon 09:00", queue="night")
    events = desk.wait_until("Wed 17:00")
    assert len([event for event in events if isinstance(event, TicketEscalated)]) == 2


def test_who_is_on_the_line_with_an_agent_is_not_taken_away() -> None:
    rule = EscalationRule(target="resolution", at="breached")
    desk = Desk(TargetSettings(resolution_s=10 * MINUTE), escalate_on=(rule,))
    desk.customer_writes("Mon 09:00", channel="phone")
    desk.ann_takes_it("Mon 09:01")
    assert told(desk.wait_until("Mon 09:20")) == ["warned resolution Mon 09:08", "breached resolution Mon 09:10"]
    assert desk.ticket.agent == "ann"
    mail = Desk(TargetSettings(resolution_s=10 * MINUTE), escalate_on=(rule,))
    mail.customer_writes("Mon 09:00")
    mail.ann_takes_it("Mon 09:01")
    mail.wait_until("Mon 09:20")
    assert mail.ticket.agent is None


def test_an_escalation_by_what_has_no_target_is_refused() -> None:
    settings = QueueSettings(name="Mail", escalate_on=(BREACHED,))
    refused = when(given(), ConfigureQueue(queue="mail", settings=settings), at=1)
    assert word(refused) == "no_target"
    assert isinstance(refused, Refused)
    assert refused.detail == ("escalate_on names what has no target. Set first_response_s in targets, or take it out.")
