"""One event as one line of text that a person can read, and that no customer can use to write on their screen."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import orjson
from rich.text import Text

Event = Mapping[str, Any]
"""A record's JSON. Its content is a string while it is sealed, an object once it was opened."""

SEALED, ERASED, BROKEN = "[sealed]", "[erased]", "[does not open]"

_SHORT = 8
_LONGEST_TEXT = 300
_TEXTS = ("subject", "text", "title", "url", "city", "country", "recording")
_ALREADY_SHOWN = ("event", "at", "ticket", "agent", "identity", "conversation", "channel", "content")
_NAMES_OF_KIND = ("type", "command", "do", "time", "at")
_ARROWS = {"inbound": "→", "outbound": "←", "internal": "·"}
_STYLES = {
    "message": "cyan",
    "call": "green",
    "conversation": "blue",
    "ticket": "yellow",
    "agent": "magenta",
    "dead": "red",
}
_STYLES_OF_LEVELS = {"ok": "green", "warning": "yellow", "critical": "red"}
_FAILURES = ("failed", "abandoned", "expired", "refused", "dead letter")

# What a terminal obeys instead of showing: control characters, and those that turn the direction of writing.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def line_of(event: Event) -> Text:
    """The event's line: time, kind, whom or what it concerns, and its facts or words."""
    kind = kind_of(event)
    facts = _FACTS.get(_topic_of(event), _plain_facts)
    line = Text(no_wrap=False)
    line.append(f"{shown(_moment(event)):<24}  ", style="dim")
    line.append(
        f"{shown(kind):<22}", style="red" if kind.endswith(_FAILURES) else _STYLES.get(kind.partition(".")[0], "")
    )
    for words, style in facts(event):
        line.append(f"  {shown(words)}", style=style)
    return line


def kind_of(event: Event) -> str:
    """`hub.message.received.v1` → `message.received`; a plugin's own type and a command's stay as they are."""
    if "offset" in event and "reason" in event:
        return "dead letter"
    command = event.get("command")
    kind = event.get("type") or (command.get("do") if isinstance(command, dict) else command) or "record"
    return str(kind).removeprefix("hub.").removesuffix(".v1")


def shown(words: object) -> str:
    """The words as one line without any character that a terminal would obey."""
    return _OBEYED.sub(_visible, str(words))


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    if found[0] in "\n\r":
        return "⏎" if found[0] == "\n" else ""
    return chr(0x2400 + code) if code < 0x20 else "�"


def _topic_of(event: Event) -> str:
    data = event.get("data")
    if kind_of(event) == "dead letter":
        return "dead letters"
    if not isinstance(data, dict):
        return "records"
    if "event" in data:
        return "decided"
    if "content" in data:
        return "interactions"
    if "change" in data and "rule" in data:
        return "deviations"
    return "kpis" if "items" in data else "records"


def _moment(event: Event) -> str:
    moment = str(event.get("time") or event.get("at") or "")
    return re.sub(r"(\.\d{3})\d*(Z|[+-]\d\d:\d\d)$", r"\1\2", moment)


def _of_interaction(event: Event) -> Iterator[tuple[object, str]]:
    data = event["data"]
    content = data["content"]
    opened = isinstance(content, dict)
    yield f"{data.get('channel', '?'):<8}", ""
    yield str(data.get("conversation", "?"))[:_SHORT], "dim"
    who = content.get("identity", ERASED) if opened else str(data.get("identity", "?"))[:_SHORT]
    yield f"{_ARROWS.get(data.get('direction'), '·')} {who}", "bold"
    for fact in ("reason", "duration", "agent"):
        if data.get(fact) is not None:
            yield f"{fact}={data[fact]}", ""
    also = [_address(party) for party in data.get("also", ())]
    if also:
        yield f"= {', '.join(also)} ({data.get('evidence')})", "bold"
    yield _said(content)


def _said(content: Any) -> tuple[object, str]:  # noqa: ANN401 (sealed it is a text, opened an object)
    if isinstance(content, dict):
        return _words(content), ""
    return content if content in (ERASED, BROKEN) else SEALED, "dim"


def _address(party: Mapping[str, Any]) -> str:
    content = party.get("content")
    return str(content.get("identity") if isinstance(content, dict) else party.get("identity", "?")[:_SHORT])


def _words(content: Mapping[str, Any]) -> str:
    words = " — ".join(str(content[name]) for name in _TEXTS if content.get(name))
    if not words:
        words = " ".join(f"{name}={value}" for name, value in content.items() if name not in ("identity", "original"))
    return words if len(words) <= _LONGEST_TEXT else f"{words[:_LONGEST_TEXT]}…"


def _of_decided(event: Event) -> Iterator[tuple[object, str]]:
    data = event["data"]
    kind = str(data["event"]).partition(".")[0]
    subject = data.get(kind) or data.get("identity") or event.get("partitionkey", "?")
    yield (subject if kind == "agent" else str(subject)[:_SHORT]), "bold"
    if kind == "ticket" and data.get("agent"):
        yield f"agent={data['agent']}", ""
    yield from _facts(data, _ALREADY_SHOWN)
    if "content" in data:
        yield _said(data["content"])


def _of_kpis(event: Event) -> Iterator[tuple[object, str]]:
    data = event["data"]
    yield f"{data.get('window', '?'):<4}", "bold"
    everything: Mapping[str, Any] = next((item["kpis"] for item in data["items"] if not item.get("key")), {})
    for name in ("offered", "answered", "abandoned", "service_level", "average_speed_of_answer", "waiting"):
        if everything.get(name) is not None:
            yield f"{name}={_value(everything[name])}", ""


def _of_deviation(event: Event) -> Iterator[tuple[object, str]]:
    data = event["data"]
    rule = data["rule"]
    yield data.get("queue", "?"), "bold"
    yield f"{data.get('before')} → {data.get('after')}", _STYLES_OF_LEVELS.get(data.get("after"), "")
    yield f"{rule.get('kpi')}={_value(data.get('value'))}", ""
    yield from _facts(rule, ("kpi", "enabled"))
    yield f"alert={str(data.get('alert', '?'))[:_SHORT]}", "dim"


def _of_dead_letter(event: Event) -> Iterator[tuple[object, str]]:
    yield event.get("id", "?"), "bold"
    yield f"{event.get('topic')}/{event.get('partition')}@{event['offset']}", ""
    yield f"group={event.get('group')}", ""
    yield event["reason"], ""


def _plain_facts(event: Event) -> Iterator[tuple[object, str]]:
    command = event.get("command")
    yield from _facts(command if isinstance(command, dict) else {}, _NAMES_OF_KIND)
    yield from _facts(event, _NAMES_OF_KIND)


def _facts(data: Mapping[str, Any], leave_out: Collection[str]) -> Iterator[tuple[object, str]]:
    for name, value in data.items():
        if name not in leave_out and value not in (None, [], {}):
            yield f"{name}={_value(value)}", ""


def _value(value: object) -> str:
    match value:
        case float():
            return f"{round(value, 3):.10g}"
        case list() if all(isinstance(one, str) for one in value):
            return ",".join(value)
        case dict() | list():
            return orjson.dumps(value).decode()
        case _:
            return str(value)


_FACTS: Mapping[str, Callable[[Event], Iterator[tuple[object, str]]]] = {
    "interactions": _of_interaction,
    "decided": _of_decided,
    "kpis": _of_kpis,
    "deviations": _of_deviation,
    "dead letters": _of_dead_letter,
}
