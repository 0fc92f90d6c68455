"""What would change if a document were applied: field by field, as it is now and as it would be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from deploy.local.configuration import Document, Fields


class _Nothing(Enum):
    NOTHING = "nothing"


NOTHING: Final = _Nothing.NOTHING
"""There is no such key, which is not the same as a null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """path: the field, and the keys within it. is_left_out: the file does not name it, so it gets its default."""

    path: tuple[str, ...]
    before: Any
    after: Any
    is_left_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """changes: of a document that is there already, none if it is as the file says. is_new: there is none yet."""

    document: Document
    is_new: bool
    changes: Sequence[Change]

    @property
    def is_wanted(self) -> bool:
        """Whether applying the document changes anything."""
        return self.is_new or bool(self.changes)


def difference(document: Document, now: Fields | None) -> Difference:
    """What applying the document changes. now: all fields as they are, or None if there is no such document."""
    changes = tuple(_of_fields(document, now)) if now is not None else ()
    return Difference(document=document, is_new=now is None, changes=changes)


def _of_fields(document: Document, now: Fields) -> Iterator[Change]:
    for change in changes(now, document.whole):
        is_left_out = change.path[0] not in document.fields
        yield Change(path=change.path, before=change.before, after=change.after, is_left_out=is_left_out)


def changes(before: Fields, after: Fields, within: tuple[str, ...] = ()) -> Iterator[Change]:
    """What differs, key by key; lists and values as wholes. NOTHING stands where a key is missing."""
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key, NOTHING), after.get(key, NOTHING)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from changes(one, other, (*within, key))
        elif one != other:
            yield Change(path=(*within, key), before=one, after=other)
