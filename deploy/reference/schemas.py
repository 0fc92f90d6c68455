"""JSON schemas of the contracts, made readable: no titles that repeat a name, no names that pydantic composed."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

Schema = dict[str, Any]

_COMPOSED = re.compile(r"_Annotated_str__Len__")
_DEFINITIONS = "#/$defs/"
_LEFT_OUT = ("title", "discriminator")  # AsyncAPI's discriminator is another than OpenAPI's, which pydantic writes


def schemas(types: Mapping[str, Any], reference: str) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """The schema of each type, and the definitions that they share.

    reference: the beginning of a `$ref` to a definition, such as `#/components/schemas/`.
    """
    by_key, shared = TypeAdapter.json_schemas(
        [(name, "validation", TypeAdapter(declared)) for name, declared in types.items()]
    )
    definitions = {_named(name): _clean(schema, reference) for name, schema in shared.get("$defs", {}).items()}
    return {str(name): _clean(schema, reference) for (name, _), schema in by_key.items()}, definitions


def parted(schema: Schema, reference: str) -> tuple[Schema, dict[str, Schema]]:
    """A schema that holds its own definitions (`$defs`), and these apart from it."""
    definitions = {_named(name): _clean(part, reference) for name, part in schema.get("$defs", {}).items()}
    return _clean({key: part for key, part in schema.items() if key != "$defs"}, reference), definitions


def _named(name: str) -> str:
    return _COMPOSED.sub("", name).strip("_")


def _clean(schema: Any, reference: str, *, fields: bool = False) -> Any:  # noqa: ANN401 (any part of a JSON schema)
    """The schema without titles. fields: its keys are names of fields, of which one may be `title`."""
    match schema:
        case list():
            return [_clean(part, reference) for part in schema]
        case dict():
            return {
                key: _clean(part, reference, fields=key == "properties")
                for key, part in schema.items()
                if fields or key not in _LEFT_OUT
            }
        case str() if schema.startswith(_DEFINITIONS):
            return reference + _named(schema.removeprefix(_DEFINITIONS))
        case _:
            return schema
