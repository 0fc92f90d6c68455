"""How alike two records of people are."""

import pytest

from services.profile.domain.likeness import THRESHOLD, Person, keys, likeness

ANN = Person(names=("Ann Müller",), postcode="24103", born="1980-12-24", street="Holtenauer Straße 12")


def person(name: str, postcode: str | None = "24103", born: str | None = None, street: str | None = None) -> Person:
    return Person(names=(name,), postcode=postcode, born=born, street=street)


@pytest.mark.parametrize(
    "name",
    [
        "Ann Müller",
        "ANN MULLER",
        "Müller, Ann",
        "Müller Ann",
        "Ann Muller",
        "Dr. Ann Müller",
        "Ann Mülller",
        "A. Müller",
    ],
)
def test_the_same_name_in_another_spelling_at_the_same_postcode_is_suggested(name: str) -> None:
    written = person(name, street="Holtenauer Strasse 12")
    assert (likeness(ANN, written) or 0.0) >= THRESHOLD
    assert set(keys(ANN)) & set(keys(written))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (person("Bob Müller", street="Holtenauer Straße 12"), "one of the household"),
        (person("Ann Schulz"), "a neighbour with the same given name"),
        (person("Müller"), "anyone of the family"),
        (person("Ann Müller", postcode="80331"), "somebody of that name elsewhere"),
        (person("Ann Müller", postcode=None), "nothing but a name"),
        (person("Ann Müller", born="1953-02-01"), "a mother of the same name"),
        (person("Eva Müller", born="1980-12-24", street="Holtenauer Straße 12"), "a twin"),
        (person(""), "nobody"),
        (Person(names=(), postcode="24103"), "nobody either"),
    ],
)
def test_what_is_only_somewhat_alike_is_not_suggested(other: Person, why: str) -> None:
    assert likeness(ANN, other) is None, why


def test_a_day_of_birth_makes_up_for_a_new_name_or_a_new_address() -> None:
    assert likeness(ANN, person("Ann Schulz", born="1980-12-24")) is not None
    assert likeness(ANN, person("Ann Müller", postcode="80331", born="19801224")) is not None


def test_a_mistyped_postcode_is_found_by_the_birthday_or_the_street() -> None:
    for other in (person("Ann Müller", "24130", born="1980-12-24"), person("Ann Müller", "24130", street=ANN.street)):
        assert likeness(ANN, other) is not None
        assert set(keys(ANN)) & set(keys(other))


def test_the_more_agrees_the_more_alike_they_are() -> None:
    others = [person("A. Müller", street=ANN.street), person("Ann Mueler"), person("Ann Müller"), ANN]
    found = [likeness(ANN, other) or 0.0 for other in others]
    assert likeness(ANN, ANN) == max(found) > 0.999
    assert found[1] < found[2] < found[3]


@pytest.mark.parametrize("other", ["Ann-Marie Müller", "Müllerann", "Anne Ann Müller Schulz Otto", "M. A.", "李雷"])
def test_it_does_not_matter_which_is_asked_first(other: str) -> None:
    assert likeness(ANN, person(other)) == likeness(person(other), ANN)


def test_any_of_the_names_of_a_record_may_be_the_one() -> None:
    married = Person(names=("Ann Schulz", "Ann Müller"), postcode="24103")
    assert likeness(ANN, married) == likeness(ANN, person("Ann Müller"))


def test_names_in_other_scripts_are_compared_as_they_are() -> None:
    assert likeness(person("Анна Иванова"), person("Анна Иванова")) is not None
    assert likeness(person("Анна Иванова"), person("Олег Петров")) is None
    assert set(keys(person("Анна Иванова"))) & set(keys(person("Иванова Анна")))


def test_a_name_alone_has_no_keys() -> None:
    assert keys(Person(names=("Ann Müller",))) == []
    assert keys(Person(names=(), postcode="24103", born="1980-12-24")) == []
    assert len(keys(ANN)) == 7
