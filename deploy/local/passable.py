"""The order in which changed queues can be applied one by one, so that the service takes every step.

A queue may name others, which have to be there, and contacts may not overflow in a circle. A file may also move a rule
from one queue to another, or change their ranks. What it comes to is right, but on the way there a queue that is sent
too early could hold up another's rule, and the service would refuse it. Where no order will do, a queue is sent without
its rules and without naming others first, and with all that once the others are as they are to be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from deploy.local.configuration import Document, Fields
from services.routing.bodies import QueueWanted
from services.routing.domain.dead_rules import dead_rules, killed_by
from services.routing.domain.overflow import overflow_loop
from services.routing.domain.rules import KnownQueue

_queues: TypeAdapter[QueueWanted] = TypeAdapter(QueueWanted)
_BARE: Fields = {"rules": [], "overflow": [], "escalate_to": None}
"""What may be refused as long as other queues are not as they are to be."""


def in_passable_order(documents: Sequence[Document], queues: Mapping[str, Fields]) -> list[Document]:
    """The documents with their queues in an order that the service takes; as they come, where there is none.

    queues: what the hub has now, all fields of each.
    """
    changed = [document for document in documents if document.section == "queues"]
    now = {name: _known(name, fields) for name, fields in queues.items()}
    wanted = {document.id: _known(document.id, document.whole) for document in changed}
    after = {name: queue.settings for name, queue in (now | wanted).items()}
    if not changed or dead_rules([*(now | wanted).values()]) or overflow_loop(after):
        return list(documents)  # the service says what is wrong
    first = documents.index(changed[0])
    others = [document for document in documents if document.section != "queues"]
    return [*others[:first], *_steps(changed, now, wanted), *others[first:]]


def _steps(
    changed: Sequence[Document], now: dict[str, KnownQueue], wanted: Mapping[str, KnownQueue]
) -> Iterator[Document]:
    waiting, bare = list(changed), list(changed)
    while waiting:
        found = next((one for one in waiting if _is_passable(wanted[one.id], now, wanted)), None)
        if found is not None:
            waiting.remove(found)
            now[found.id] = wanted[found.id]
            yield found
        else:
            step = next(one for one in bare if one in waiting)
            bare.remove(step)
            now[step.id] = _known(step.id, {**step.whole, **_BARE})
            yield replace(step, fields={**step.fields, **_BARE}, whole={**step.whole, **_BARE})


def _is_passable(queue: KnownQueue, now: Mapping[str, KnownQueue], wanted: Mapping[str, KnownQueue]) -> bool:
    settings = {name: one.settings for name, one in now.items()} | {queue.id: queue.settings}
    if any(name in wanted and name not in settings for name in _named(queue)) or overflow_loop(settings):
        return False
    return not killed_by(queue, list(now.values()))


def _named(queue: KnownQueue) -> set[str]:
    named = {step.to for step in queue.settings.overflow}
    return named | ({queue.settings.escalate_to} if queue.settings.escalate_to else set())


def _known(name: str, fields: Fields) -> KnownQueue:
    queue = _queues.validate_python(fields)
    return KnownQueue(id=name, pool=queue.pool, settings=queue.settings)
