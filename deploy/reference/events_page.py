"""docs/events.md: every event type with its fields, in tables."""

from collections.abc import Iterable, Iterator
from typing import Any

from deploy.reference.asyncapi import messages_of
from deploy.reference.catalogue import OTHER_RECORDS, EventType, docstring, event_types
from deploy.reference.fields import Field, fields_of, in_a_line, table
from deploy.reference.flows import flows
from deploy.reference.markdown import cell
from deploy.reference.schemas import parted, schemas
from shared.contracts.content import Attachment
from shared.contracts.decided import Decided
from shared.contracts.envelope import Envelope
from shared.contracts.interactions import Interaction, Party
from shared.contracts.values import Sealed
from shared.topics import DEAD_LETTERS, INTERACTIONS, OUTBOUND, TOPICS, Topic

_INTRODUCTION = """\
# Events

Written by `make docs` from `shared/contracts/` and `shared/topics.py`; a test holds it against them. The same as
JSON schemas: [asyncapi.json](asyncapi.json). One example of each type: `tests/contract/golden/`.

The topics' names begin with HUB_NAMESPACE, here `hub`. Times are in UTC and cut to milliseconds. A field that is
optional and has no value is left out. `hub tail TOPIC` shows a topic live.
"""
_ENVELOPE = """\
## What every event says of itself

CloudEvents 1.0 in structured JSON mode; one JSON object a record.
"""
_SEALED = """\
Facts stay readable for ever, so nothing personal is in them. `identity` is a keyed hash in the log, `content` a
base64 string: nonce and ciphertext (AES-256-GCM, the event's id is authenticated), sealed under the identity's own
key. Opened, the content is a JSON object with `identity`, the plain address such as `email:ann@x.org`, and the fields
shown under [Content](#content). POST /v1/events takes the same data in plain.
"""
_OF_EVERY_EVENT = frozenset((*Envelope.__dataclass_fields__, "type", "data"))
_OF_EVERY_INTERACTION = frozenset(Interaction.__dataclass_fields__)
_OF_EVERY_DECISION = ("event", "at")


def events_page() -> str:
    """The page's Markdown."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    events = list(event_types())
    yield _INTRODUCTION
    yield _ENVELOPE
    yield from list(_described(Envelope))[1:]
    yield "## What decided events say beside that\n"
    yield "Tickets, agents and customers: what a decision maker decided.\n"
    yield from list(_described(Decided[Any], leave_out=_OF_EVERY_EVENT))[1:]
    yield from _topics_table()
    for topic in TOPICS:
        yield from _topic_section(topic, [event for event in events if event.topic is topic])


def _topics_table() -> Iterator[str]:
    yield "## Topics\n"
    yield "| topic | holds | key | partitions | kept | from | to |"
    yield "|---|---|---|---|---|---|---|"
    for topic in TOPICS:
        producers = [flow.service for flow in flows() if topic in flow.produces]
        consumers = [flow.service for flow in flows() if topic in flow.consumes]
        kept = int(topic.config["retention.ms"])
        cells = (
            f"[hub.{topic.name}](#{_anchor(topic)})",
            topic.purpose,
            topic.key,
            str(topic.partitions),
            "for ever" if kept < 0 else f"{kept // 86_400_000} days",
            ", ".join(producers) or ("any service" if topic is DEAD_LETTERS else "–"),
            ", ".join(consumers) or "–",
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _anchor(topic: Topic) -> str:
    return f"hub{topic.name.replace('.', '')}"


def _topic_section(topic: Topic, events: list[EventType]) -> Iterator[str]:
    yield f"## hub.{topic.name}\n"
    yield f"{topic.purpose[0].upper()}{topic.purpose[1:]}.\n"
    if topic is INTERACTIONS:
        yield from _interactions(events)
    elif topic is OUTBOUND:
        names = " and ".join(f"`{name}`" for name in messages_of(topic, events))
        yield f"{names}, just as in [hub.{INTERACTIONS.name}](#{_anchor(INTERACTIONS)}).\n"
    elif topic.name in OTHER_RECORDS:
        yield from _other(topic)
    elif events[0].record.__class__ is type:
        yield from _described(*dict.fromkeys(event.data for event in events))
        yield from _parts(events)
    else:
        yield from _decided(events)


def _interactions(events: list[EventType]) -> Iterator[str]:
    yield _SEALED
    yield "| type | data | content |"
    yield "|---|---|---|"
    for event in events:
        content = event.content.__name__ if event.content else "any JSON object"
        yield f"| `{event.name}` | {event.data.__name__} | {content} |"
    yield ""
    for event in events:
        if event.meaning:
            yield f"`{event.name}`: {event.meaning}\n"
    yield "### Data\n"
    yield from _described(Interaction)
    others = [data for data in dict.fromkeys(event.data for event in events) if data is not Interaction]
    yield from _described(*others, leave_out=_OF_EVERY_INTERACTION)
    yield from _described(Party)
    yield "### Content\n"
    contents = dict.fromkeys(event.content for event in events if event.content)
    yield from _described(*contents, Attachment)


def _decided(events: list[EventType]) -> Iterator[str]:
    yield "`data` has `event`, the type's short name, and `at`, when it happened, and:\n"
    yield "| type | data | meaning |"
    yield "|---|---|---|"
    found, definitions = schemas({event.name: event.data for event in events}, "#/")
    for event in events:
        fields = fields_of(_resolved(found[event.name], definitions), _OF_EVERY_DECISION)
        yield f"| `{event.name}` | {in_a_line(fields)} | {cell(event.meaning)} |"
    yield ""


def _parts(events: list[EventType]) -> Iterator[str]:
    """What the data of the events is made of, below its first level."""
    _, definitions = schemas({event.name: event.data for event in events}, "#/")
    for name, schema in definitions.items():
        if name not in {event.data.__name__ for event in events}:
            yield from _section(name, str(schema.get("description", "")), fields_of(schema))


def _other(topic: Topic) -> Iterator[str]:
    name, codec = OTHER_RECORDS[topic.name]
    schema, definitions = parted(codec.schema(), "#/")
    yield from _section(name.replace("-", " ").capitalize(), str(schema.get("description", "")), fields_of(schema))
    if definitions:
        yield f"Between processes of one service; asyncapi.json has the schemas of {', '.join(definitions)}.\n"


def _described(*classes: Any, leave_out: Iterable[str] = ()) -> Iterator[str]:  # noqa: ANN401 (classes as values)
    declared = {one.__name__: one[Sealed] if getattr(one, "__parameters__", ()) else one for one in classes}
    found, definitions = schemas(declared, "#/")
    for one in classes:
        fields = fields_of(_resolved(found[one.__name__], definitions), leave_out)
        yield from _section(one.__name__, docstring(one), fields)


def _section(title: str, text: str, fields: Iterable[Field]) -> Iterator[str]:
    yield f"#### {title}\n"
    if text:
        yield f"{text}\n"
    yield from table(fields)
    yield ""


def _resolved(schema: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return definitions[schema["$ref"].removeprefix("#/")] if "$ref" in schema else schema
