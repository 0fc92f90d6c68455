"""Fields of a contract in words, read from its JSON schema."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from deploy.reference.schemas import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field by its schema. needed: whether it must be there."""

    name: str
    schema: Schema
    needed: bool


def fields_of(schema: Schema, leave_out: Iterable[str] = ()) -> list[Field]:
    """The schema's fields in their order, without those that are left out."""
    required = schema.get("required", ())
    return [
        Field(name=name, schema=part, needed=name in required)
        for name, part in schema.get("properties", {}).items()
        if name not in set(leave_out)
    ]


def table(fields: Iterable[Field]) -> Iterator[str]:
    """A Markdown table of the fields."""
    yield "| field | holds | |"
    yield "|---|---|---|"
    for field in fields:
        yield f"| `{field.name}` | {kind_of(field.schema)} | {_presence(field)} |"


def in_a_line(fields: Iterable[Field]) -> str:
    """The fields as one cell of a table: their names, and what they hold where it is not just text."""
    return ", ".join(map(_briefly, fields)) or "–"


def _briefly(field: Field) -> str:
    kind = kind_of(field.schema, brief=True)
    return f"`{field.name}`{'' if kind == 'text' else f' {kind}'}{'' if field.needed else ' (optional)'}"


def _presence(field: Field) -> str:
    if field.needed or "const" in field.schema:
        return ""
    default = field.schema.get("default")
    return "optional" if default in (None, [], {}, "") else f"optional, else `{json.dumps(default)}`"


def kind_of(schema: Schema, *, brief: bool = False) -> str:
    """What a value of this schema is, in words. brief: without limits."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(kind_of(part, brief=brief) for part in schema[choice] if part.get("type") != "null")
    return _kind_of_type(schema, brief=brief)


def _kind_of_type(schema: Schema, *, brief: bool) -> str:
    match schema.get("type"):
        case "string" if schema.get("format") == "date-time":
            return "time"
        case "string":
            return "text" if brief else f"text{_length(schema)}"
        case "integer":
            return "whole number" if brief else f"whole number{_range(schema)}"
        case "number":
            return "number" if brief else f"number{_range(schema)}"
        case "boolean":
            return "true or false"
        case "array":
            return f"list of {kind_of(schema.get('items', {}), brief=True)}{'' if brief else _count(schema)}"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"object of {kind_of(schema['additionalProperties'], brief=True)} by name"
        case "object":
            return "any JSON object"
        case _:
            return "any JSON"


def _length(schema: Schema) -> str:
    if "pattern" in schema:
        return f" like `{schema['pattern'].replace('|', chr(92) + '|')}`"
    return f", at most {schema['maxLength']}" if "maxLength" in schema else ""


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low:.10g} to {high:.10g}"
    return f" from {low:.10g}" if low is not None else ""


def _count(schema: Schema) -> str:
    return f", at most {schema['maxItems']}" if "maxItems" in schema else ""
