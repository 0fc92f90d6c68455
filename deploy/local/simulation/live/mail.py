"""Customers' mail: real messages, handed over by SMTP."""

import asyncio
import smtplib
from email.message import EmailMessage
from email.utils import formataddr, formatdate

from deploy.local.simulation.contacts import Contact
from deploy.local.simulation.live.access import Unanswered

_SECONDS = 10.0
DEFAULT_MAILBOX = "service@shop.example"


def compose(contact: Contact, run: str) -> EmailMessage:
    """The mail that the customer writes. run: makes its Message-ID unlike that of another run with the same seed."""
    message = EmailMessage()
    message["From"] = formataddr((contact.person.name, contact.person.email))
    message["To"] = contact.door.address or DEFAULT_MAILBOX
    message["Subject"] = contact.subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<{run}.{contact.number}@{contact.person.email.partition('@')[2]}>"
    message["Content-Language"] = contact.person.language
    greeting, farewell = (
        ("Guten Tag,", "Mit freundlichen Grüßen") if contact.person.language == "de" else ("Hello,", "Regards")
    )
    message.set_content(f"{greeting}\n\n{' '.join(contact.says)}\n\n{farewell}\n{contact.person.name}\n")
    return message


class Post:
    """Where customers' mail is handed over. run: as in `compose`."""

    def __init__(self, host: str, port: int, run: str) -> None:
        self._host = host
        self._port = port
        self._run = run

    async def send(self, contact: Contact) -> None:
        """Returns when the hub has taken the mail (250); Unanswered if it did not."""
        message = compose(contact, self._run)
        try:
            await asyncio.to_thread(self._deliver, message)
        except (smtplib.SMTPException, OSError) as error:
            raise Unanswered("SMTP", None, f"a mail was not taken ({error})") from error

    def _deliver(self, message: EmailMessage) -> None:
        with smtplib.SMTP(self._host, self._port, timeout=_SECONDS) as server:
            server.send_message(message)
