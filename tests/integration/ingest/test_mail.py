"""Mail by real SMTP: what a mail server sees, and what stands in the log afterwards."""

import base64
import smtplib
import socket
import uuid
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from shared.keyring import keyring_of
from shared.mongo import connect, database
from shared.sealing import unseal
from tests.integration.ingest.running import Logged, Running

MAILS = Path(__file__).parents[2] / "fixtures" / "email"


def deliver(ingest: Running, raw: bytes, sender: str = "ann@example.org", options: tuple[str, ...] = ()) -> str:
    """The event id that the server's 250 names."""
    with smtplib.SMTP("127.0.0.1", ingest.smtp_port, timeout=30) as server:
        server.ehlo()
        assert server.mail(sender, options)[0] == 250
        assert server.rcpt("support@shop.example")[0] == 250
        code, answer = server.data(raw)
    assert code == 250, answer
    return answer.decode().rsplit(" ", 1)[-1]


async def delivered(ingest: Running, raw: bytes, sender: str = "ann@example.org") -> Logged:
    return await ingest.event(deliver(ingest, raw, sender))


def own(name: str) -> bytes:
    """The fixture with a Message-ID of this test alone."""
    raw = (MAILS / f"{name}.eml").read_bytes()
    return raw.replace(b"Message-ID: <", f"Message-ID: <{uuid.uuid4().hex}.".encode(), 1)


async def test_a_real_mail_is_in_the_log_when_smtp_says_250(ingest: Running) -> None:
    logged = await delivered(ingest, own("multipart_with_attachment"))

    assert logged.event.type == "hub.message.received.v1"
    assert logged.event.data.channel == "email"
    assert logged.content["identity"] == "email:ann.mueller@example.org"
    assert logged.content["subject"] == "Rechnung € 12,50 stimmt nicht"
    assert logged.content["attachments"][0]["name"] == "Rechnung über.pdf"


@pytest.mark.parametrize("name", sorted(path.stem for path in MAILS.glob("*.eml")))
async def test_every_kind_of_mail_is_taken(ingest: Running, name: str) -> None:
    logged = await delivered(ingest, own(name))

    assert logged.content["text"]


async def test_a_mail_that_is_delivered_again_is_the_same_event(ingest: Running) -> None:
    raw = own("reply_with_quote")

    assert deliver(ingest, raw) == deliver(ingest, raw)


async def test_the_original_is_kept_sealed(ingest: Running) -> None:
    raw = own("multipart_with_attachment").replace(b"\n", b"\r\n")

    logged = await delivered(ingest, raw)

    async with connect(ingest.servers.mongo) as client:
        kept = await database(client, ingest.namespace, "originals")["originals"].find_one({"_id": logged.event.id})
        keyring = keyring_of(client, ingest.namespace, ingest.secrets_dir)
        key = (await keyring.find([logged.event.data.identity]))[logged.event.data.identity]
    assert kept is not None
    assert b"Ann" not in kept["sealed"]
    opened = unseal(key.cipher, logged.event.id, base64.b64encode(kept["sealed"]).decode())
    assert opened == raw


async def test_an_internationalised_mail_is_taken(ingest: Running) -> None:
    raw = "From: jörg@bücher.example\r\nSubject: Grüße\r\n\r\nHallo\r\n".encode()

    event = deliver(ingest, raw, "jörg@bücher.example", ("SMTPUTF8", "BODY=8BITMIME"))

    logged = await ingest.event(event)
    assert logged.content["identity"] == "email:jörg@xn--bcher-kva.example"
    assert logged.content["subject"] == "Grüße"


async def test_a_mail_to_several_mailboxes_is_one_event(ingest: Running) -> None:
    raw = own("utf8_headers")
    with smtplib.SMTP("127.0.0.1", ingest.smtp_port, timeout=30) as server:
        assert server.sendmail("zoe@example.org", ["sales@shop.example", "support@shop.example"], raw) == {}

    found = await ingest.logged(lambda event: event.data.address == "sales@shop.example")
    assert len(found) == 1


def test_the_size_limit_is_announced_and_held(ingest: Running) -> None:
    with smtplib.SMTP("127.0.0.1", ingest.smtp_port, timeout=60) as server:
        server.ehlo()
        assert server.esmtp_features["size"] == str(10 * 1024 * 1024)
        assert server.mail("ann@example.org", ["SIZE=20000000"])[0] == 552
        server.rset()
        server.mail("ann@example.org")
        server.rcpt("support@shop.example")
        assert server.data(b"From: ann@example.org\r\n\r\n" + (b"x" * 70 + b"\r\n") * 300_000)[0] == 552
        server.mail("ann@example.org")
        server.rcpt("support@shop.example")
        assert server.data(own("utf8_headers"))[0] == 250


async def test_a_mail_of_nine_megabytes_is_taken(ingest: Running) -> None:
    message = EmailMessage()
    message["From"] = "ann@example.org"
    message.set_content("See the picture.")
    message.add_attachment(bytes(6_500_000), maintype="image", subtype="png", filename="big.png")

    logged = await delivered(ingest, message.as_bytes(policy=SMTP))

    assert logged.content["attachments"][0]["size"] == 6_500_000


async def test_a_very_long_line_is_taken(ingest: Running) -> None:
    logged = await delivered(ingest, b"From: ann@example.org\r\n\r\n" + b"x" * 100_000)

    assert logged.content["text"] == "x" * 100_000


@pytest.mark.parametrize("garbage", [b"\0\0\0\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"x" * 3_000_000 + b"\r\n"])
def test_garbage_on_the_port_disturbs_nobody(ingest: Running, garbage: bytes) -> None:
    with socket.create_connection(("127.0.0.1", ingest.smtp_port), timeout=30) as connection:
        connection.sendall(garbage)

    assert deliver(ingest, own("utf8_headers"))
