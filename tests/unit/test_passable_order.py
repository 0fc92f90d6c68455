"""In which order `hub apply` sends queues, so that no rule is held up on the way to what the file says."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from deploy.local.configuration import SECTIONS, Document, Fields
from deploy.local.passable import in_passable_order
from services.routing.bodies import QueueWanted
from services.routing.domain.dead_rules import dead_rules
from services.routing.domain.overflow import overflow_loop
from services.routing.domain.rules import KnownQueue

CALLS: dict[str, Any] = {"channel": "phone"}
CHATS: dict[str, Any] = {"channel": "chat"}
GERMAN: dict[str, Any] = {"channel": "phone", "language": "de"}


def document(
    name: str,
    rank: int,
    *rules: dict[str, Any],
    section: str = "queues",
    overflow: str | None = None,
    escalate: str | None = None,
) -> Document:
    fields: dict[str, Any] = {"pool": "main", "name": name, "rank": rank, "rules": list(rules)}
    fields |= {"overflow": [{"to": overflow, "after_s": 60}]} if overflow else {}
    fields |= {"escalate_to": escalate} if escalate else {}
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


def test_a_queue_comes_before_those_that_name_it() -> None:
    wanted = [document("a", 1, overflow="b"), document("b", 1, escalate="c"), document("c", 1)]
    assert [one.id for one in in_passable_order(wanted, {})] == ["c", "b", "a"]


def test_queues_that_name_each_other_are_sent_by_way_of_one_that_names_none() -> None:
    wanted = [document("a", 1, overflow="b"), document("b", 1, escalate="a")]
    steps = in_passable_order(wanted, {})
    assert [(one.id, one.fields.get("overflow")) for one in steps[:2]] == [("a", []), ("b", None)]
    assert steps[1:] == [wanted[1], wanted[0]]


def test_a_circle_of_overflows_is_sent_as_it_is_so_that_the_service_says_why() -> None:
    wanted = [document("a", 1, overflow="b"), document("b", 1, overflow="a")]
    assert in_passable_order(wanted, {}) == wanted


def test_other_documents_stay_before_and_behind() -> None:
    before = now(document("a", 5, GERMAN), document("b", 6, CALLS))
    others = [document("p", 1, section="pools"), document("g", 1, section="agents")]
    wanted = [others[0], document("a", 5, CALLS), document("b", 6, CHATS), others[1]]
    assert names(in_passable_order(wanted, before)) == ["p 0", "b 1", "a 1", "g 0"]


def test_what_can_never_be_is_sent_as_it_is_so_that_the_service_says_why() -> None:
    wanted = [document("a", 1, CALLS), document("b", 2, GERMAN)]
    assert names(in_passable_order(wanted, {})) == ["a 1", "b 1"]


_rules = st.lists(st.sampled_from((CALLS, GERMAN, CHATS, {}, {"language": "de"})), max_size=2, unique_by=str)
_wanted: TypeAdapter[QueueWanted] = TypeAdapter(QueueWanted)
_other = st.none() | st.sampled_from("abc")
_queues = st.dictionaries(st.sampled_from("abc"), st.tuples(st.integers(1, 3), _rules, _other, _other), min_size=1)


@given(before=_queues, after=_queues)
def test_every_step_is_one_that_the_service_takes_and_the_last_is_what_is_wanted(before: Any, after: Any) -> None:  # noqa: ANN401 (dictionaries of queues)
    known = accepted(before, {})
    wanted = accepted(after, known)
    for step in in_passable_order(list(wanted.values()), now(*known.values())):
        known |= {step.id: step}
        assert not refused(known)
    assert {name: known[name] for name in wanted} == wanted


def accepted(given: Any, known: dict[str, Document]) -> dict[str, Document]:  # noqa: ANN401 (a dictionary of queues)
    """As many of the queues, from the first one on, as the service takes together with those that it knows."""
    wanted = documents(given, known | given)
    return accepted(dict(list(given.items())[:-1]), known) if refused(known | wanted) else wanted


def documents(given: Any, there: Any) -> dict[str, Document]:  # noqa: ANN401 (dictionaries of queues)
    """The queues, which name only what is there."""
    return {
        name: document(name, rank, *rules, overflow=to if to in there else None, escalate=up if up in there else None)
        for name, (rank, rules, to, up) in given.items()
    }


def refused(documents: dict[str, Document]) -> bool:
    """Whether one of the queues names one that is not there, or has a rule that never decides, or there is a circle."""
    queues = [
        KnownQueue(id=name, pool="main", settings=_wanted.validate_python(one.whole).settings)
        for name, one in documents.items()
    ]
    named = {step.to for queue in queues for step in queue.settings.overflow}
    named |= {queue.settings.escalate_to for queue in queues if queue.settings.escalate_to}
    if named - documents.keys() or overflow_loop({queue.id: queue.settings for queue in queues}):
        return True
    return bool(dead_rules(queues))
