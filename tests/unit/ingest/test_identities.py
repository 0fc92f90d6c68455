"""One spelling for every address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.identities import MAX_LENGTH, Identities, Normalised, WrongIdentity
from tests.unit.ingest.taking import unhurried


@pytest.mark.parametrize(
    ("given_", "normal"),
    [
        ("email:Ann.Miller@Example.ORG", "email:ann.miller@example.org"),
        ("email:ann@Bücher.example", "email:ann@xn--bcher-kva.example"),
        ("email:ann@xn--bcher-kva.example", "email:ann@xn--bcher-kva.example"),
        ("email:ann@example.org.", "email:ann@example.org"),
        ("email:JÖRG@example.org", "email:jörg@example.org"),
        ("email:ann@under_score.example", "email:ann@under_score.example"),
        ("email:ann@[192.0.2.1]", "email:ann@[192.0.2.1]"),
        ("email:ann@localhost", "email:ann@localhost"),
        ("phone:+49 151 1234-5678", "phone:+4915112345678"),
        ("phone:+1 (415) 555-2671", "phone:+14155552671"),
        ("telegram:4711", "telegram:4711"),
        ("crm:C-1009", "crm:C-1009"),
        ("webchat:Case:Stays", "webchat:Case:Stays"),
    ],
)
def test_an_address_gets_its_one_spelling(given_: str, normal: str) -> None:
    assert Identities().normal(given_) == Normalised(normal)


@pytest.mark.parametrize(
    "given_",
    [
        "",
        "ann@example.org",
        "Email:ann@example.org",
        "email:",
        "email:ann",
        "email:@example.org",
        "email:ann@",
        "email:Ann <ann@example.org>",
        "email:ann smith@example.org",
        "email:ann@exa mple.org",
        "phone:12345",
        "phone:+49",
        "phone:anonymous",
        "phone:+491511234567890123",
        "crm: C-1",
        "crm:C-1\0",
        "crm:C\n1",
        "x" * 33 + ":1",
        "crm:" + "1" * MAX_LENGTH,
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(given_: str) -> None:
    with pytest.raises(WrongIdentity) as refused:
        Identities().normal(given_)

    assert "ann" not in refused.value.reason


def test_a_bare_phone_number_is_refused_where_no_region_is_set() -> None:
    with pytest.raises(WrongIdentity, match="country code"):
        Identities().normal("phone:0151 12345678")


def test_a_region_that_was_assumed_is_told() -> None:
    assert Identities("DE").normal("phone:0151 12345678") == Normalised("phone:+4915112345678", "DE")


def test_a_number_with_its_country_code_needs_no_assumption() -> None:
    assert Identities("DE").normal("phone:+1 415 555 2671") == Normalised("phone:+14155552671")


@unhurried
@given(st.text(min_size=1, max_size=40), st.sampled_from(["email:", "phone:", "phone:+", "crm:", "", "email:a@"]))
def test_normalising_twice_is_normalising_once_and_nothing_else_is_raised(text: str, kind: str) -> None:
    identities = Identities("DE")
    try:
        once = identities.normal(kind + text).identity
    except WrongIdentity:
        return
    assert identities.normal(once) == Normalised(once)


@unhurried
@given(st.emails())
def test_capital_letters_make_no_other_person(address: str) -> None:
    local, _, domain = address.rpartition("@")
    identities = Identities()

    assert identities.normal(f"email:{local}@{domain.upper()}") == identities.normal(f"email:{local}@{domain.lower()}")


@unhurried
@given(st.integers(min_value=1_510_000_0000, max_value=1_519_999_9999), st.sampled_from(["", " ", "-", "/"]))
def test_a_number_is_the_same_however_it_is_spaced(number: int, gap: str) -> None:
    digits = str(number)
    spaced = f"phone:+49{gap}{digits[:3]}{gap}{digits[3:]}"

    assert Identities().normal(spaced).identity == f"phone:+49{digits}"


@pytest.mark.parametrize(
    ("given", "identity"),
    [
        ("instagram:@Ann.Example", "instagram:ann.example"),
        ("mastodon:Ann@Social.Example", "mastodon:ann@social.example"),
        ("telegram:4711", "telegram:4711"),
        ("crm:C-1009", "crm:C-1009"),
        ("instagram:@", "instagram:@"),
    ],
)
def test_a_handle_is_one_however_it_is_written_and_an_id_stays_as_it_is(given: str, identity: str) -> None:
    assert Identities().normal(given).identity == identity
