"""What a customer's statements come to, however they are merged."""

from datetime import UTC, datetime, timedelta

from services.profile.domain.attributes import DENIED, GRANTED, SET, Statement, known, statements

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def stated(name: str, value: str | None, minute: int = 0, identity: str = "a") -> Statement:
    at = AT + timedelta(minutes=minute)
    return Statement(identity=identity, name=name, value=value, at=at, source="agent", by="ann", event=f"e{minute}")


def test_what_was_stated_last_counts_whoever_it_was_stated_of() -> None:
    told = known([stated("postcode", "10115", 2, "b"), stated("postcode", "80331", 1, "a")])
    assert told.values["postcode"].value == "10115"


def test_what_was_taken_back_is_gone() -> None:
    told = known([stated("nickname", "Annie", 1), stated("nickname", None, 2, "b"), stated("tag:vip", None, 3)])
    assert told.values == {}
    assert told.tags == {}


def test_tags_are_those_that_are_set() -> None:
    assert list(known([stated("tag:vip", SET), stated("tag:late payer", SET, 1)]).tags) == ["late payer", "vip"]


def test_a_merge_keeps_the_most_restrictive_consent() -> None:
    denied, granted = stated("consent:ads", DENIED, 1, "a"), stated("consent:ads", GRANTED, 2, "b")
    for made in ([denied, granted], [granted, denied]):
        assert known(made).consents["ads"].value == DENIED
    assert known([granted]).consents["ads"].value == GRANTED


def test_a_word_that_is_no_consent_is_none() -> None:
    assert known([stated("consent:ads", GRANTED, 1, "a"), stated("consent:ads", "maybe", 0, "b")]).consents[
        "ads"
    ].value == ("maybe")


def test_a_content_without_attributes_states_nothing() -> None:
    assert statements("a", {}, AT, "import", "e") == []
    assert statements("a", {"attributes": None}, AT, "import", "e") == []
