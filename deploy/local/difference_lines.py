"""Differences as lines of text: new documents with their fields, changed ones with what was and what would be."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import yaml
from rich.text import Text

from deploy.local.differences import NOTHING, Change, Difference
from deploy.local.event_lines import shown

NEW, GONE, CHANGED = "green", "red", "yellow"


def lines(differences: Sequence[Difference]) -> Iterator[Text]:
    """Every document that is new or changed, under its section, and how many there are of each."""
    wanted = [one for one in differences if one.is_wanted]
    for section, of_one in groupby(wanted, key=lambda one: one.document.section):
        yield Text(shown(section), style="bold")
        for one in of_one:
            yield from _of_document(one)
    new = sum(one.is_new for one in wanted)
    counts = f"{new} new, {len(wanted) - new} changed, {len(differences) - len(wanted)} unchanged"
    yield Text(counts, style="bold")


def _of_document(one: Difference) -> Iterator[Text]:
    if one.is_new:
        yield Text(f"  + {shown(one.document.id)}", style=NEW)
        for name, value in one.document.fields.items():
            yield Text(f"      {shown(name)}: {_said(value)}", style=NEW)
        return
    yield Text(f"  ~ {shown(one.document.id)}", style=CHANGED)
    for change in one.changes:
        yield from _of_change(change)


def _of_change(change: Change) -> Iterator[Text]:
    field = "      " + shown(".".join(change.path))
    default = Text(" (left out of the file, so the default)" if change.is_left_out else "", style="dim")
    before, after = change.before, change.after
    if before is NOTHING:
        yield Text(f"{field}: ").append(f"+ {_said(after)}", NEW)
    elif after is NOTHING:
        yield Text(f"{field}: ").append(f"- {_said(before)}", GONE) + default
    elif isinstance(before, list) and isinstance(after, list) and (moved := _items(before, after)):
        yield Text(f"{field}:") + default
        yield from (Text(f"        {sign} {_said(item)}", style) for sign, style, item in moved)
    else:
        yield Text(f"{field}: ").append(_said(before), GONE).append(" → ").append(_said(after), NEW) + default


def _items(before: Sequence[Any], after: Sequence[Any]) -> list[tuple[str, str, Any]]:
    """The items that go and those that come; none if it is the order alone that differs."""
    gone = [("-", GONE, item) for item in before if item not in after]
    return gone + [("+", NEW, item) for item in after if item not in before]


def _said(value: Any) -> str:  # noqa: ANN401 (any JSON)
    """The value as one line of YAML."""
    text = yaml.safe_dump(_short(value), default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9)
    return shown(text.removesuffix("\n").removesuffix("\n..."))


def _short(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """Without the nulls of what stands within it, and whole numbers as such."""
    match value:
        case Mapping():
            return {key: _short(one) for key, one in value.items() if one is not None}
        case list():
            return [_short(one) for one in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
