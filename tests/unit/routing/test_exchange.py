"""Agents' answers reach the pools that have targets, and only what customers write wants an answer."""

from dataclasses import replace

import pytest

from services.routing.domain.answer_command import AnswerContact
from services.routing.domain.commands import OpenTicket
from services.routing.domain.configuration import QueueSettings
from services.routing.domain.conversations import Conversation, ToPool, take
from services.routing.domain.meaning import Answer, Begins, Opening
from services.routing.domain.rules import KnownQueue, Traits
from services.routing.domain.targets import TargetSettings
from tests.unit.routing.scenario import second

KNOWN = Conversation(id="c1", pool="main", queue="mail", opened="m1")
ANSWER = Answer(event="m2", at=second(5), conversation="c1")
MAIL = KnownQueue(id="mail", pool="main", settings=QueueSettings(name="Mail", default=True))
QUICK = QueueSettings(name="Quick", targets=TargetSettings(resolution_s=60))


def test_an_answer_is_told_to_a_pool_with_a_target() -> None:
    queues = [MAIL, KnownQueue(id="quick", pool="main", settings=QUICK)]
    command = AnswerContact(conversation="c1", answered=second(5))
    assert take(KNOWN, ANSWER, queues) == (KNOWN, ToPool(id="m2", pool="main", command=command))


def test_a_pool_without_targets_need_not_know() -> None:
    queues = [MAIL, KnownQueue(id="quick", pool="another", settings=QUICK)]
    assert take(KNOWN, ANSWER, queues) == (KNOWN, None)


def test_an_answer_to_what_no_pool_knows_means_nothing() -> None:
    new = Conversation(id="c1")
    assert take(new, ANSWER, [KnownQueue(id="quick", pool="main", settings=QUICK)]) == (new, None)


@pytest.mark.parametrize(("begins", "is_message"), [("message", True), ("conversation", False), ("call", False)])
def test_only_a_message_wants_an_answer_in_writing(begins: Begins, is_message: bool) -> None:
    opening = Opening(
        event="m3",
        at=second(6),
        conversation="c1",
        identity="0f",
        traits=Traits(channel="chat"),
        skills=(),
        priority=None,
        begins=begins,
    )
    _, said = take(replace(KNOWN, opened=None), opening, [MAIL])
    assert isinstance(said, ToPool)
    assert isinstance(said.command, OpenTicket)
    assert said.command.message is is_message
