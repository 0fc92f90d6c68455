"""The AsyncAPI 3 document of the hub's topics: who sends and receives what, and the schema of every record."""

from collections.abc import Iterable, Iterator
from typing import Any

from deploy.reference.catalogue import OTHER_RECORDS, EventType, event_types
from deploy.reference.flows import Flow, flows
from deploy.reference.schemas import Schema, parted, schemas
from shared.topics import OUTBOUND, TOPICS, Topic

_SCHEMAS = "#/components/schemas/"
_REPLY = "hub.message.sent.v1"
_DESCRIPTION = """\
Every record of the hub's event topics is a CloudEvent 1.0 in structured JSON mode; docs/events.md shows the fields in
tables. `namespace` is HUB_NAMESPACE, one for each organisation. Personal content is sealed: a base64 string of
AES-256-GCM nonce and ciphertext; `hub tail TOPIC` shows it opened to those who hold the master key."""


def asyncapi() -> dict[str, Any]:
    """The document, ready to be written as JSON."""
    events = list(event_types())
    payloads, definitions = schemas({event.name: event.record for event in events}, _SCHEMAS)
    messages = {_key(event.name): _event_message(event, payloads[event.name]) for event in events}
    for event in events:
        definitions[payloads[event.name]["$ref"].removeprefix(_SCHEMAS)]["properties"]["type"] = _type_of(event)
    for name, codec in OTHER_RECORDS.values():
        payload, own = parted(codec.schema(), _SCHEMAS)
        messages[name] = {"contentType": "application/json", "payload": payload}
        definitions |= own
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Interaction Hub: topics", "version": "1", "description": _DESCRIPTION},
        "defaultContentType": "application/cloudevents+json",
        "channels": {_short(topic): _channel(topic, events) for topic in TOPICS},
        "operations": {name: operation for flow in flows() for name, operation in _operations(flow)},
        "components": {"messages": messages, "schemas": dict(sorted(definitions.items()))},
    }


def messages_of(topic: Topic, events: Iterable[EventType]) -> list[str]:
    """The names of what may be in a topic."""
    if topic.name in OTHER_RECORDS:
        return [OTHER_RECORDS[topic.name][0]]
    if topic is OUTBOUND:
        return [_REPLY]
    return [event.name for event in events if event.topic is topic]


def _event_message(event: EventType, payload: Schema) -> dict[str, Any]:
    return {"payload": payload} | ({"description": event.meaning} if event.meaning else {})


def _type_of(event: EventType) -> Schema:
    if event.name.endswith("*"):
        return {"type": "string", "pattern": r"^x(\.[a-z0-9][a-z0-9_-]*)+$", "maxLength": 120}
    return {"type": "string", "const": event.name}


def _key(message: str) -> str:
    """A message's name as AsyncAPI takes it as a key."""
    return message.removesuffix(".*")


def _short(topic: Topic) -> str:
    return topic.name.rpartition(".")[0]


def _channel(topic: Topic, events: Iterable[EventType]) -> dict[str, Any]:
    return {
        "address": f"{{namespace}}.{topic.name}",
        "description": f"{topic.purpose[0].upper()}{topic.purpose[1:]}. A record's key is the {topic.key}.".replace(
            "the the ", "the "
        ),
        "parameters": {"namespace": {"default": "hub", "description": "HUB_NAMESPACE"}},
        "messages": {
            _key(name): {"$ref": f"#/components/messages/{_key(name)}"} for name in messages_of(topic, events)
        },
        "bindings": {"kafka": {"partitions": topic.partitions, "topicConfiguration": _configuration(topic)}},
    }


def _configuration(topic: Topic) -> dict[str, int | str]:
    return {name: int(value) if value.lstrip("-").isdigit() else value for name, value in topic.config.items()}


def _operations(flow: Flow) -> Iterator[tuple[str, dict[str, Any]]]:
    for action, topics in (("receive", flow.consumes), ("send", flow.produces)):
        for topic in topics:
            channel = {"$ref": f"#/channels/{_short(topic)}"}
            tags = [{"name": flow.service}]
            yield f"{flow.service}.{action}.{_short(topic)}", {"action": action, "channel": channel, "tags": tags}
