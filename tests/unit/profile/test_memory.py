"""What the projection remembers of identities, so that a hot mailbox costs no write for each of its many names."""

from services.profile.domain.identities import MOST_NAMES, Memory, Sighting


def _remembering(names: list[str]) -> Memory:
    memory = Memory()
    for name in names:
        memory.remember(Sighting(hashed="h", identity="email:info@shop.example", name=name))
    return memory


def test_a_name_that_was_told_before_is_no_news() -> None:
    memory = _remembering(["Ann"])
    assert memory.knows("h", "Ann")
    assert memory.knows("h", None)
    assert not memory.knows("h", "Bob")
    assert not memory.knows("other", None)


def test_a_mailbox_of_thousands_of_names_tells_nothing_new_with_one_that_would_not_be_kept() -> None:
    memory = _remembering([f"name {number:04}" for number in range(1_000, 3_000)])
    assert memory.knows("h", "name 2999")
    assert memory.knows("h", "zoe")
    assert not memory.knows("h", "name 0999"), "it comes before those that are kept"


def test_as_long_as_there_is_room_every_new_name_is_news() -> None:
    memory = _remembering([f"name {number:04}" for number in range(MOST_NAMES - 1)])
    assert not memory.knows("h", "zoe")
