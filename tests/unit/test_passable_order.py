"""In which order `hub apply` sends queues, so that no rule is held up on the way to what the file says."""

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from deploy.local.configuration import SECTIONS, Document, Fields
from deploy.local.passable import in_passable_order
from services.routing.bodies import QueueWanted
from services.routing.domain.dead_rules import dead_rules
from services.routing.domain.rules import KnownQueue

CALLS: dict[str, Any] = {"channel": "phone"}
CHATS: dict[str, Any] = {"channel": "chat"}
GERMAN: dict[str, Any] = {"channel": "phone", "language": "de"}


def document(name: str, rank: int, *rules: dict[str, Any], section: str = "queues") -> Document:
    fields = {"pool": "main", "name": name, "rank": rank, "rules": list(rules)}
    return Document(section=section, id=name, fields=fields, whole=SECTIONS["queues"].whole(fields))


def now(*documents: Document) -> dict[str, Fields]:
    return {one.id: one.whole for one in documents}


def names(documents: list[Document]) -> list[str]:
    """The documents' ids, with how many rules each has."""
    return [f"{one.id} {len(one.fields['rules'])}" for one in documents]


def test_a_queue_that_would_hold_up_a_rule_is_sent_when_that_rule_is_gone() -> None:
    before = now(document("a", 5, GERMAN), document("b", 6, CALLS))
    wanted = [document("a", 5, CALLS), document("b", 6, CHATS)]
    assert names(in_passable_order(wanted, before)) == ["b 1", "a 1"]


def test_queues_that_exchange_their_rules_are_sent_by_way_of_one_without() -> None:
    before = now(document("a", 5, GERMAN), document("b", 6, CALLS))
    wanted = [document("a", 6, CALLS), document("b", 5, GERMAN)]
    assert names(in_passable_order(wanted, before)) == ["a 0", "b 1", "a 1"]


def test_what_holds_up_nothing_keeps_the_order_of_the_file() -> None:
    wanted = [document("b", 2, GERMAN), document("a", 3, CALLS)]
    assert names(in_passable_order(wanted, {})) == ["b 1", "a 1"]


def test_other_documents_stay_before_and_behind() -> None:
    before = now(document("a", 5, GERMAN), document("b", 6, CALLS))
    others = [document("p", 1, section="pools"), document("g", 1, section="agents")]
    wanted = [others[0], document("a", 5, CALLS), document("b", 6, CHATS), others[1]]
    assert names(in_passable_order(wanted, before)) == ["p 0", "b 1", "a 1", "g 0"]


def test_what_can_never_be_is_sent_as_it_is_so_that_the_service_says_why() -> None:
    wanted = [document("a", 1, CALLS), document("b", 2, GERMAN)]
    assert names(in_passable_order(wanted, {})) == ["a 1", "b 1"]


_rules = st.lists(st.sampled_from((CALLS, GERMAN, CHATS, {}, {"language": "de"})), max_size=2, unique_by=str)
_queues = st.dictionaries(st.sampled_from("abc"), st.tuples(st.integers(1, 3), _rules), min_size=1)


@given(before=_queues, after=_queues)
def test_every_step_is_one_that_the_service_takes_and_the_last_is_what_is_wanted(before: Any, after: Any) -> None:  # noqa: ANN401 (dictionaries of queues)
    known = {name: document(name, rank, *rules) for name, (rank, rules) in before.items()}
    wanted = {name: document(name, rank, *rules) for name, (rank, rules) in after.items()}
    assume(not dead(known) and not dead(known | wanted))
    for step in in_passable_order(list(wanted.values()), now(*known.values())):
        known |= {step.id: step}
        assert not dead(known)
    assert {name: known[name] for name in wanted} == wanted


def dead(documents: dict[str, Document]) -> bool:
    queues = [
        KnownQueue(id=name, pool="main", settings=TypeAdapter(QueueWanted).validate_python(one.whole).settings)
        for name, one in documents.items()
    ]
    return bool(dead_rules(queues))
