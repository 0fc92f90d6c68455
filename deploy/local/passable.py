"""The order in which changed queues can be applied one by one: none may leave a rule that would never decide.

A file may move a rule from one queue to another, or change their ranks. What it comes to is right, but on the way there
a queue that is sent too early could hold up another's rule, and the service would refuse it. Where no order will do, a
queue is sent without its rules first, and with them once the others are as they are to be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from deploy.local.configuration import Document, Fields
from services.routing.bodies import QueueWanted
from services.routing.domain.dead_rules import dead_rules, killed_by
from services.routing.domain.rules import KnownQueue

_queues: TypeAdapter[QueueWanted] = TypeAdapter(QueueWanted)


def in_passable_order(documents: Sequence[Document], queues: Mapping[str, Fields]) -> list[Document]:
    """The documents with their queues in an order that the service takes; as they come, where there is none.

    queues: what the hub has now, all fields of each.
    """
    changed = [document for document in documents if document.section == "queues"]
    now = {name: _known(name, fields) for name, fields in queues.items()}
    wanted = {document.id: _known(document.id, document.whole) for document in changed}
    if not changed or dead_rules([*(now | wanted).values()]):
        return list(documents)  # the service says which rule it is
    first = documents.index(changed[0])
    others = [document for document in documents if document.section != "queues"]
    return [*others[:first], *_steps(changed, now, wanted), *others[first:]]


def _steps(
    changed: Sequence[Document], now: dict[str, KnownQueue], wanted: Mapping[str, KnownQueue]
) -> Iterator[Document]:
    waiting, bare = list(changed), list(changed)
    while waiting:
        found = next((one for one in waiting if not killed_by(wanted[one.id], list(now.values()))), None)
        if found is not None:
            waiting.remove(found)
            now[found.id] = wanted[found.id]
            yield found
        else:
            step = next(one for one in bare if one in waiting)
            bare.remove(step)
            now[step.id] = replace(wanted[step.id], settings=replace(wanted[step.id].settings, rules=()))
            yield replace(step, fields={**step.fields, "rules": []}, whole={**step.whole, "rules": []})


def _known(name: str, fields: Fields) -> KnownQueue:
    queue = _queues.validate_python(fields)
    return KnownQueue(id=name, pool=queue.pool, settings=queue.settings)
