"""The page about searching says what the program does."""

import re
from pathlib import Path

from services.profile.domain.matched import SCORES
from services.profile.domain.search import Way


def test_the_documented_scores_are_the_programs_in_its_order() -> None:
    page = (Path(__file__).parents[3] / "docs" / "search.md").read_text("utf-8")
    table = re.search(r"<!-- ranking -->(.*)<!-- /ranking -->", page, re.DOTALL)
    assert table
    assert [float(score) for score in re.findall(r"\| (\d\.\d) \|", table[1])] == [SCORES[way] for way in Way]
    assert sorted(SCORES.values(), reverse=True) == [SCORES[way] for way in Way]
