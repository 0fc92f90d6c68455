"""What somebody types, whom it finds, and who comes first."""

import pytest

from services.profile.domain.finding import address_keys, name_keys
from services.profile.domain.matched import matched_identity, matched_message, matched_ticket
from services.profile.domain.search import Find, TooShort, Way, question
from services.profile.domain.spelling import folded_words, span_of


def find(typed: str, identity: str, name: str = "", country_code: str | None = None) -> Find | None:
    """How an identity is found by what is typed."""
    kind, _, address = identity.partition(":")
    keys = [*address_keys(kind, address), *name_keys(folded_words(name))]
    return question(typed, country_code).find(kind, keys)


ANN = "email:ann.example@shop.example"
PHONE = "phone:+4915112345678"


@pytest.mark.parametrize(
    ("typed", "identity", "name", "way"),
    [
        ("ann.example@shop.example", ANN, "", Way.EXACT),
        ("EMAIL:Ann.Example@Shop.Example", ANN, "", Way.EXACT),
        ("mailto:ann.example@shop.example", ANN, "", Way.EXACT),
        ("email: ann.example@shop.example", ANN, "", Way.EXACT),
        ("email:ann.example@", ANN, "", Way.BEGINNING),
        ("ann.ex", ANN, "", Way.BEGINNING),
        ("shop.example", ANN, "", Way.PART),
        ("@shop.ex", ANN, "", Way.PART),
        ("example@shop", ANN, "", Way.PART),
        ("+4915112345678", PHONE, "", Way.EXACT),
        (" 4915112345678", PHONE, "", Way.EXACT),  # a + that was not encoded in a URL
        ("0049 151 12345678", PHONE, "", Way.EXACT),
        ("tel:+49 151 123", PHONE, "", Way.BEGINNING),
        ("+49 (0)151 12-34", PHONE, "", Way.BEGINNING),
        ("49151", PHONE, "", Way.BEGINNING),
        ("0151 1234", PHONE, "", Way.PART),
        ("(151) 12-34", PHONE, "", Way.PART),
        ("12345678", PHONE, "", Way.PART),
        ("5678", PHONE, "", Way.PART),
        ("2345", PHONE, "", Way.PART),
        ("crm:C-1009", "crm:C-1009", "", Way.EXACT),
        ("c-1009", "crm:C-1009", "", Way.EXACT),
        ("1009", "crm:C-1009", "", Way.PART),
        ("1009", "crm:KD1009", "", Way.PART),
        ("kd10", "crm:KD1009", "", Way.BEGINNING),
        ("1009", "crm:1009", "", Way.EXACT),
        ("@ann", "twitter:ann", "", Way.EXACT),
        ("ann", "twitter:@ann", "", Way.EXACT),
        ("@ann@social", "mastodon:ann@social.example", "", Way.BEGINNING),
        ("ann@bücher", "email:ann@xn--bcher-kva.example", "", Way.BEGINNING),
        ("buecher.ex", "email:ann@xn--bcher-kva.example", "", Way.PART),
        ("example ann", "email:x@y.org", "Ann Example", Way.NAME),
        ("exa ANN", "email:x@y.org", "Ann Example", Way.NAME_BEGINNING),
        ("müller", "email:x@y.org", "Zoë Müller-Lüdenscheidt", Way.NAME),
        ("mueller", "email:x@y.org", "Zoe MÜLLER", Way.NAME),
        ("muller", "email:x@y.org", "Müller", Way.NAME),
        ("müller", "email:x@y.org", "Mueller", Way.NAME),
        ("müller", "email:x@y.org", "Muller", Way.NAME),
        ("Mu\u0308ll", "email:x@y.org", "Müller", Way.NAME_BEGINNING),
        ("muel", "email:x@y.org", "Müller", Way.NAME_BEGINNING),
        ("strasse", "email:x@y.org", "Anna Straße", Way.NAME),
        ("zoe", "email:x@y.org", "Zoë", Way.NAME),
        ("jorgensen", "email:x@y.org", "Søren Jørgensen", Way.NAME),
        ("o'bri", "email:x@y.org", "Pat O'Brien", Way.NAME_BEGINNING),
        ("हिन्दी", "email:x@y.org", "अनु हिन्दी", Way.NAME),
        ("李", "email:x@y.org", "李小龙", Way.NAME_BEGINNING),
    ],
)
def test_it_finds(typed: str, identity: str, name: str, way: Way) -> None:
    found = find(typed, identity, name)
    assert found is not None
    assert found.way == way


@pytest.mark.parametrize(
    ("typed", "identity", "name"),
    [
        ("phone:ann", ANN, "Ann"),
        ("crm:ann.example@shop.example", ANN, ""),
        ("ann bob", "email:x@y.org", "Ann Example"),
        ("hop.example", ANN, ""),
        ("+151", PHONE, ""),
        ("678", PHONE, ""),
        ("00", PHONE, ""),
        ("muller", "email:x@y.org", "Mueller"),
    ],
)
def test_it_does_not_find(typed: str, identity: str, name: str) -> None:
    assert find(typed, identity, name) is None


@pytest.mark.parametrize("typed", ["0151 1234", "151 1234", "0151"])
def test_a_national_number_is_the_beginning_of_a_number_where_the_country_is_known(typed: str) -> None:
    found = find(typed, PHONE, country_code="49")
    assert found is not None
    assert found.way == Way.BEGINNING
    assert find("0151 12345678", PHONE, country_code="49") == Find(way=Way.EXACT)


def test_an_italian_number_keeps_its_zero() -> None:
    assert find("06 698 12345", "phone:+390669812345", country_code="39") == Find(way=Way.EXACT)


@pytest.mark.parametrize("typed", ["", "  ", "a", ":", "@", "+", "7", "email:", "email:a", "--- ---", "ticket:12"])
def test_too_short_a_question_is_refused(typed: str) -> None:
    with pytest.raises(TooShort, match="two letters or digits"):
        question(typed)


def test_the_whole_comes_before_its_beginnings_and_names_before_parts() -> None:
    people = [
        ("email:x@ann.example", ""),
        ("email:annabel@x.org", ""),
        ("email:ann@x.org", ""),
        ("login:ann", ""),
        ("email:a@y.org", "Anna"),
        ("email:b@y.org", "Ann"),
    ]
    finds = {identity: find("ann", identity, name) for identity, name in people}
    assert all(finds.values())
    assert sorted(finds, key=lambda identity: finds[identity] or Find(way=Way.SAID)) == [
        "login:ann",
        "email:ann@x.org",
        "email:annabel@x.org",
        "email:b@y.org",
        "email:a@y.org",
        "email:x@ann.example",
    ]


@pytest.mark.parametrize(
    ("typed", "ticket", "beginning"),
    [
        ("38fa13cf-2483-58bb-b29d-44873da9b5af", "38fa13cf-2483-58bb-b29d-44873da9b5af", True),
        ("#38FA13CF", "38FA13CF", True),
        ("Ticket 38fa13cf-24", "38fa13cf-24", True),
        ("ticket:INC-4711", "INC-4711", False),
        ("38fa13c", "38fa13c", False),
        ("ann example", None, False),
    ],
)
def test_a_ticket_is_named_by_its_number_or_its_beginning(typed: str, ticket: str | None, *, beginning: bool) -> None:
    asked = question(typed)
    assert asked.ticket == ticket
    assert asked.ticket_begins == (ticket.lower() if ticket and beginning else None)


@pytest.mark.parametrize(
    ("typed", "identity", "name", "shown"),
    [
        ("ann.ex", ANN, "", "email:[ann.ex]ample@shop.example"),
        ("shop", ANN, "", "email:ann.example@[shop].example"),
        ("0151 1234", PHONE, "", "phone:+49[1511234]5678"),
        ("+49 151", PHONE, "", "phone:[+49151]12345678"),
        ("c-10", "crm:C-1009", "", "crm:[C-10]09"),
        ("exa ann", "email:x@y.org", "Ann Example", "[Ann] [Exa]mple"),
        ("muel", "email:x@y.org", "Zoë Müller", "Zoë [Mül]ler"),
        ("mulle", "email:x@y.org", "Zoë Müller", "Zoë [Mülle]r"),
    ],
)
def test_what_matched_is_shown_where_it_stands(typed: str, identity: str, name: str, shown: str) -> None:
    found = find(typed, identity, name)
    assert found is not None
    matched = matched_identity(question(typed), found, identity, [{"name": name}])
    assert _marked(matched.value, matched.highlights) == shown


def test_of_a_long_message_the_part_with_the_words_is_shown() -> None:
    text = "Good morning. " * 30 + "Where is the parcel to Köln that I ordered? " + "Kind regards. " * 30
    matched = matched_message(question("koeln parcel"), ["A question", text], "e-1")
    assert "the [parcel] to [Köln] that" in _marked(matched.value, matched.highlights)
    assert len(matched.value) <= 160
    assert matched.entry == "e-1"


def test_a_message_that_is_not_on_the_timeline_yet_is_shown_without_its_text() -> None:
    assert matched_message(question("parcel"), [], "e-1").value == ""


def test_of_a_ticket_what_was_typed_is_shown() -> None:
    matched = matched_ticket(question("38fa13cf-24"), "38fa13cf-2483-58bb-b29d-44873da9b5af")
    assert _marked(matched.value, matched.highlights) == "[38fa13cf-24]83-58bb-b29d-44873da9b5af"


def test_a_part_that_is_spelt_out_covers_the_letters_that_it_stands_for() -> None:
    assert span_of("Straße", "ss") == (4, 5)
    assert span_of("Straße", "xx") is None


def _marked(value: str, spans: tuple[tuple[int, int], ...]) -> str:
    for start, end in sorted(spans, reverse=True):
        value = f"{value[:start]}[{value[start:end]}]{value[end:]}"
    return value
