"""Two generations of views compared: what differs, and stays different."""

import pytest

from deploy.local import comparing
from deploy.local.comparing import Differing, differing, that_stay
from deploy.local.rebuilding import differing_counts
from shared.mongo import Document


def test_documents_are_compared_by_value() -> None:
    live: dict[str, Document] = {"a": {"_id": "a", "state": "open"}, "b": {"_id": "b"}, "same": {"_id": "same"}}
    new: dict[str, Document] = {
        "a": {"_id": "a", "state": "closed", "agent": None},
        "c": {"_id": "c"},
        "same": {"_id": "same"},
    }
    assert differing("tickets", live, new) == {
        ("tickets", "a"): "differs in state",
        ("tickets", "b"): "is missing in the new views",
        ("tickets", "c"): "is only in the new views",
    }


def test_a_field_that_is_missing_differs_from_one_that_is_there() -> None:
    assert differing("v", {"a": {"n": 1}}, {"a": {}}) == {("v", "a"): "differs in n"}


def test_what_is_under_way_explains_a_difference_in_number() -> None:
    live, new = {"tickets": 10, "agents": 3}, {"tickets": 8, "agents": 3}
    assert differing_counts(live, new, under_way=2) == {}
    assert differing_counts(live, new, under_way=1) == {("tickets", ""): "10 documents, and 8 in the new views"}


async def test_only_what_differs_in_every_look_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "_PAUSE_SECONDS", 0)
    seen = iter([{("v", "a"): "1", ("v", "b"): "1"}, {("v", "b"): "2"}, {("v", "a"): "3", ("v", "b"): "3"}])

    async def look() -> tuple[int, Differing]:
        return 2, next(seen, {("v", "b"): "last"})

    assert await that_stay(look) == (2, {("v", "b"): "last"})
