"""Mails, real and broken, as drafts. The fixtures' README says what each of them shows."""

import hashlib
import random
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.channels.email import Posted, draft_of
from services.ingest.domain.draft import Draft
from services.ingest.identities import Identities
from services.ingest.plain import checked
from shared.contracts.content import MessageContent
from tests.unit.ingest.taking import Taking, unhurried

ARRIVED = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MAILS = Path(__file__).parents[2] / "fixtures" / "email"


def taken(
    raw: bytes, sender: str = "envelope@example.org", recipients: tuple[str, ...] = ("Support@shop.example",)
) -> Draft:
    return checked(draft_of(Posted(sender, recipients, raw), ARRIVED, Identities()))


def fixture(name: str, sender: str = "envelope@example.org") -> Draft:
    return taken((MAILS / f"{name}.eml").read_bytes(), sender)


def content(draft: Draft) -> MessageContent:
    assert isinstance(draft.data.content, MessageContent)
    return draft.data.content


def mail(body: str = "Hello", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


def test_a_mail_with_several_parts_has_its_text_html_and_attachment() -> None:
    draft = fixture("multipart_with_attachment")

    said = content(draft)
    assert draft.data.identity == "email:ann.mueller@example.org"
    assert draft.data.address == "support@shop.example"
    assert draft.time == datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)
    assert (said.name, said.subject) == ("Ann Müller", "Rechnung € 12,50 stimmt nicht")
    assert "Das ist eine sehr lange Zeile, die umgebrochen wurde. 😀" in said.text
    assert said.html == "<p>die Rechnung über <b>12,50 €</b> stimmt nicht.</p>"
    assert said.recipients == ("support@shop.example", "bob@example.org")
    (attachment,) = said.attachments
    assert (attachment.name, attachment.type) == ("Rechnung über.pdf", "application/pdf")
    assert attachment.size == 55


def test_iso_8859_1_is_read_in_headers_and_body() -> None:
    said = content(fixture("iso_8859_1"))

    assert (said.name, said.subject) == ("Jörg Straße", "Grüße aus Köln")
    assert said.text == "Schöne Grüße, für 5 Mäuse"


def test_raw_utf_8_headers_are_read() -> None:
    said = content(fixture("utf8_headers"))

    assert (said.name, said.subject) == ("Zoë Åström", "Räksmörgås är slut 🦐")


def test_a_reply_is_split_from_its_quote_and_joins_the_conversation_of_its_first_mail() -> None:
    first = taken(mail(From="ann@example.org", Message_ID="<question-1@example.org>"))
    reply = fixture("reply_with_quote")

    assert content(reply).text == "Thank you, it has arrived."
    assert (content(reply).quoted or "").startswith("On Thu, 19 Nov 2026")
    assert reply.data.conversation == first.data.conversation


def test_a_reply_that_names_only_its_predecessor_joins_its_conversation() -> None:
    first = taken(mail(From="ann@example.org", Message_ID="<one@example.org>"))
    reply = taken(mail(From="bob@example.org", Message_ID="<two@example.org>", In_Reply_To="<one@example.org>"))

    assert reply.data.conversation == first.data.conversation
    assert reply.id != first.id


def test_a_mail_without_message_id_is_known_by_its_bytes() -> None:
    draft = fixture("no_message_id")

    raw = (MAILS / "no_message_id.eml").read_bytes()
    assert draft.id == hashlib.sha256(raw).hexdigest()
    assert draft.id == fixture("no_message_id").id != taken(raw + b"!").id


def test_a_mail_that_comes_twice_is_one_event() -> None:
    assert fixture("reply_with_quote").id == fixture("reply_with_quote").id


def test_two_mails_that_share_a_message_id_but_not_their_sender_are_two() -> None:
    one = taken(mail(From="ann@example.org", Message_ID="<same@example.org>"))
    other = taken(mail(From="bob@example.org", Message_ID="<same@example.org>"))

    assert one.id != other.id


def test_a_mail_with_only_html_has_its_text_and_nothing_that_acts() -> None:
    said = content(fixture("html_only"))

    assert said.text == "Hello there & welcome\n\n- one\n- two"
    assert said.html is not None
    assert not any(word in said.html for word in ("script", "img", "form", "style", "tracker"))


@pytest.mark.parametrize("name", ["out_of_office", "bounce"])
def test_automatic_mails_are_told_as_such(name: str) -> None:
    assert getattr(fixture(name).data, "automatic", None) is True


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-generated"},
        {"Auto_Submitted": "auto-notified; owner-email=ann@example.org"},
        {"Content_Type": 'multipart/report; report-type=disposition-notification; boundary="x"'},
        {"Precedence": "Bulk"},
        {"List_Id": "<news.example.org>"},
        {"X_Autoreply": "yes"},
    ],
)
def test_each_sign_of_a_program_counts(headers: dict[str, str]) -> None:
    assert getattr(taken(mail(From="a@example.org", **headers)).data, "automatic", None) is True


def test_an_empty_envelope_sender_is_that_of_a_program() -> None:
    assert getattr(taken(mail(From="a@example.org"), sender="").data, "automatic", None) is True


def test_a_person_is_no_program() -> None:
    headers = {"From": "a@example.org", "Auto_Submitted": "no", "Precedence": "normal"}

    assert getattr(taken(mail(**headers)).data, "automatic", None) is False


def test_a_broken_mail_is_taken_with_what_can_be_read_of_it() -> None:
    draft = fixture("broken")

    said = content(draft)
    assert draft.data.identity == "email:envelope@example.org"
    assert draft.time == ARRIVED
    assert said.sent_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert said.text.startswith("café and ")
    assert said.text.endswith("a \0 byte")


def test_a_mail_whose_sender_nobody_can_tell_shares_its_identity_with_no_other() -> None:
    one, other = taken(mail("one"), sender=""), taken(mail("two"), sender="")

    assert one.data.identity.startswith("mail:")
    assert one.data.identity != other.data.identity


def test_a_date_in_the_future_is_kept_but_not_believed() -> None:
    draft = taken(mail(From="a@example.org", Date="Tue, 1 Jan 2036 00:00:00 +0000"))

    assert draft.time == ARRIVED
    assert content(draft).sent_at == datetime(2036, 1, 1, tzinfo=UTC)


def test_a_reply_to_is_noted() -> None:
    draft = taken(mail(From="a@example.org", Reply_To="Ann <ann@home.example>"))

    assert content(draft).original == {"reply_to": ["ann@home.example"]}
    assert draft.data.identity == "email:a@example.org"


def test_a_forwarded_mail_is_an_attachment_and_its_text_is_not_the_senders() -> None:
    said = content(fixture("bounce"))

    assert said.text == "I could not deliver your message to nobody@example.org."
    assert [one.type for one in said.attachments] == ["message/delivery-status", "message/rfc822"]


def test_parts_nested_beyond_the_parser_are_taken_as_one() -> None:
    depth = 2_000
    raw = b"From: a@example.org\r\n" + b"".join(
        f'Content-Type: multipart/mixed; boundary="{level}"\r\n\r\n--{level}\r\n'.encode() for level in range(depth)
    )

    draft = taken(raw + b"\r\nHello")

    assert draft.data.identity == "email:a@example.org"


async def test_the_largest_mail_fits_into_one_record() -> None:
    message = EmailMessage()
    message["From"] = f'"{"Ä" * 300}" <a@example.org>'
    message["To"] = ", ".join(f"{'ü' * 50}{number}@example.org" for number in range(500))
    message["Subject"] = "ß" * 5_000
    message.set_content(
        ("\x01" * 70 + "\n") * 10_000 + "On Thu, 19 Nov 2026 at 17:02, X wrote:\n" + "> 😀😀😀\n" * 50_000
    )
    message.add_alternative("<p>" + "&lt;😀" * 200_000, subtype="html")
    for number in range(200):
        message.add_attachment(b"x", maintype="image", subtype="png", filename=f"{'Ω' * 150}{number}.png")

    unfolded = policy.default.clone(max_line_length=None)  # the same content; folding takes ten seconds
    await Taking().accept(taken(message.as_bytes(policy=unfolded)))


@unhurried
@given(st.binary(max_size=2_000))
def test_no_bytes_are_too_broken_to_be_a_mail(raw: bytes) -> None:
    assert taken(raw, sender="").data.channel == "email"


@unhurried
@given(st.integers(0, 10_000), st.sampled_from(sorted(MAILS.glob("*.eml"))))
def test_a_mail_damaged_on_its_way_is_still_taken(seed: int, path: Path) -> None:
    chance = random.Random(seed)
    raw = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 30)):
        at = chance.randrange(len(raw))
        raw[at : at + chance.randint(0, 5)] = chance.choice(
            [
                b"",
                b"\0",
                b"\xff",
                b"\r\n",
                b":",
                b"=?",
                b"?=",
                b'"',
                b"<",
                b";",
                b"--",
                b"*=",
                b"\\",
                bytes([chance.randrange(256)]),
            ]
        )

    assert taken(bytes(raw)).data.channel == "email"
