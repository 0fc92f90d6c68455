"""What SMTP answers when the hub cannot take a mail. The real conversation is in the integration tests."""

import pytest
from aiokafka.errors import KafkaConnectionError
from aiosmtpd.smtp import Envelope
from pymongo.errors import ServerSelectionTimeoutError

from services.ingest.channels.smtp import MailDrop
from services.ingest.identities import Identities
from shared.publishing import NotPublished
from tests.unit.ingest.taking import NOW


class Failing:
    """An acceptance whose servers are away."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def prepare(self, _: object) -> None:
        raise self.error


def drop(error: Exception) -> MailDrop:
    return MailDrop(Failing(error), None, Identities(), lambda: NOW)  # type: ignore[arg-type]  # fails before the rest


@pytest.mark.parametrize(
    "error",
    [
        NotPublished("hub.interactions.v1", TimeoutError()),
        ServerSelectionTimeoutError("no server"),
        KafkaConnectionError(),
    ],
)
async def test_a_mail_that_cannot_be_stored_stays_with_its_sender(error: Exception) -> None:
    envelope = Envelope()
    envelope.mail_from, envelope.rcpt_tos, envelope.content = (
        "a@example.org",
        ["b@example.org"],
        b"From: a@b.org\r\n\r\n",
    )

    answer = await drop(error).handle_DATA(None, None, envelope)  # type: ignore[arg-type]  # neither is looked at

    assert answer.startswith("451 ")


async def test_a_mail_that_the_hub_fails_on_stays_with_its_sender_too() -> None:
    assert (await drop(ValueError()).handle_exception(ValueError("a bug"))).startswith("451 ")
