"""The priority queue finds what sorting would find, whatever was put in and taken away before."""

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.ordering import Ranking

members = st.sampled_from([f"m{number}" for number in range(12)])
steps = st.lists(st.tuples(members, st.none() | st.integers(0, 5)), max_size=300)


@given(steps, st.sets(members), st.integers(0, 5), st.integers(1, 5), st.sampled_from([0, 5, 256]))
def test_a_ranking_is_a_sorted_list(
    changes: list[tuple[str, int | None]], unfit: set[str], bound: int, at_most: int, slack: int
) -> None:
    ranking: Ranking[tuple[int, str]] = Ranking(slack)
    expected: dict[str, tuple[int, str]] = {}
    for member, number in changes:
        if number is None:
            ranking.drop(member)
            expected.pop(member, None)
        else:
            ranking.put(member, (number, member))
            expected[member] = (number, member)
    in_order = sorted((key, member) for member, key in expected.items())
    fitting = [entry for entry in in_order if entry[1] not in unfit]
    due = [member for key, member in in_order if key <= (bound, "m99")]
    for _ in range(2):  # looking changes nothing
        assert ranking.first_that(lambda member: member not in unfit) == (fitting[0] if fitting else None)
        assert ranking.up_to((bound, "m99"), at_most) == due[:at_most]
        assert ranking.first() == (in_order[0] if in_order else None)
        assert ranking.keys() == expected
        assert len(ranking) == len(expected)
