"""Who is compared with whom, and by what."""

import pytest

from services.profile.domain.likeness import Person, agreement, keys
from services.profile.domain.matching import MOST_OF_A_KEY, crowded, person, rivals, score


def test_a_person_is_made_of_attributes_and_told_names() -> None:
    told = {
        "given_name": "Ann",
        "family_name": "Lee",
        "postcode": "24103",
        "date_of_birth": " 1980-12-24",
        "street": "X 1",
    }
    assert person(told, ["Annie"]) == Person(
        names=("Ann Lee", "Annie"), postcode="24103", born="1980-12-24", street="X 1"
    )


def test_a_birthday_is_understood_in_one_way_only() -> None:
    assert person({"birthday": "24.12.1980"}, ["Ann Lee"]) is None
    assert person({"birthday": "19801224"}, ["Ann Lee"]) == Person(names=("Ann Lee",), born="19801224")


def test_a_name_alone_is_nothing_to_compare_by() -> None:
    assert person({"name": "Ann Lee"}, ["Ann"]) is None


def test_those_who_share_a_key_are_compared_once() -> None:
    groups = {"k1": ["a", "b"], "k2": ["b", "a", "c"], "k3": ["c", "d"]}
    assert rivals(groups, {"a"}) == {("a", "b"), ("a", "c")}
    assert rivals(groups, {"a", "b", "c", "d"}) == {("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")}


def test_nobody_is_compared_by_a_key_that_too_many_share() -> None:
    many = [f"{number:03}" for number in range(MOST_OF_A_KEY + 1)]
    assert crowded({"hot": many, "full": many[1:]}) == {"hot"}
    assert rivals({"hot": many, "k": ["000", "x"]}, many) == {("000", "x")}


def test_a_score_is_nought_without_a_ground_for_a_suggestion() -> None:
    ann = Person(names=("Ann Lee",), postcode="24103")
    assert score(ann, Person(names=("Bob Ray",), postcode="24103")) == 0
    assert 0.6 <= score(ann, Person(names=("Lee, Ann",), postcode="24103")) < 1
    assert keys(ann)


@pytest.mark.parametrize(
    ("other", "agrees"),
    [
        (Person(names=("Lee, Ann",), postcode="24 103"), {"name": "same", "postcode": "same"}),
        (Person(names=("Anne Lee",), postcode="24130"), {"name": "similar", "postcode": "similar"}),
        (Person(names=("Ann Lee",), postcode="10117", street="Mill Road 3"), {"name": "same", "postcode": "different"}),
        (Person(names=("Ann Lee",), born="1980-12-24"), {"name": "same", "birthday": "same"}),
        (Person(names=("Ann Lee",), born="1980-12-25"), {"name": "same", "birthday": "similar"}),
        (Person(names=("Ann Lee",), born="1951-01-02"), {"name": "same", "birthday": "different"}),
    ],
)
def test_an_agreement_names_the_fields_that_both_tell(other: Person, agrees: dict[str, str]) -> None:
    ann = Person(names=("Ann Lee",), postcode="24103", born="1980-12-24")
    assert agreement(ann, other) == agreement(other, ann) == agrees
