"""Customers on real channels: a mail client, a chat visitor and Twilio, each as it really speaks."""

import json
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import httpx
from twilio.request_validator import RequestValidator
from websockets.sync.client import ClientConnection, connect

from tests.e2e.running_hub import RunningHub

TWILIO_TOKEN = "a-token-that-only-this-test-run-knows"  # noqa: S105 (no secret of anything)
_WEBHOOK = "/v1/channels/twilio/webhook"


def send_mail(hub: RunningHub, sender: str, text: str, *, subject: str = "A question", reply_to: str = "") -> str:
    """Sends a mail with an attachment and an ISO-8859-1 subject over SMTP; its Message-ID. Returns after the 250."""
    mail = EmailMessage()
    mail["From"] = f"Jörg Tester <{sender}>"
    mail["To"] = "support@shop.example"
    mail["Subject"] = subject
    mail["Message-ID"] = make_msgid(domain="mail.example")
    if reply_to:
        mail["In-Reply-To"] = mail["References"] = reply_to
    mail.set_content(text, charset="iso-8859-1", cte="quoted-printable")
    mail.add_attachment(b"%PDF-1.7 a bill", maintype="application", subtype="pdf", filename="Rechnung März.pdf")
    with smtplib.SMTP("127.0.0.1", hub.smtp_port, timeout=30) as smtp:
        smtp.send_message(mail)
    return str(mail["Message-ID"])


def twilio(hub: RunningHub, call: str, status: str, number: str, sequence: int) -> httpx.Response:
    """A voice webhook, signed by Twilio's own library."""
    address = hub.url("ingest", _WEBHOOK)
    form = {
        "AccountSid": "AC00000000000000000000000000000001",
        "CallSid": call,
        "From": number,
        "To": "+4930123456",
        "Direction": "inbound",
        "CallStatus": status,
        "SequenceNumber": str(sequence),
        "CallbackSource": "call-progress-events",
    }
    signature = RequestValidator(TWILIO_TOKEN).compute_signature(address, form)
    return hub.http.post(address, data=form, headers={"X-Twilio-Signature": signature})


@contextmanager
def chatting(hub: RunningHub) -> Iterator[ClientConnection]:
    """A visitor's open chat socket."""
    with connect(hub.url("ingest", "/v1/chat").replace("http", "ws", 1)) as socket:
        yield socket


def next_frame(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of that type; others before it are passed over."""
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=20))
        if frame["type"] == kind:
            return frame
