"""Tags are compared as they are written here: in small letters, composed, with single spaces."""

import unicodedata

from shared.contracts.tickets_annotations import TAG_LENGTH


def tag_of(text: str) -> str:
    """The tag as it is kept; ValueError, with what to do, if it is none."""
    tag = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    if not tag:
        raise ValueError("a tag has at least one letter or digit")
    if len(tag) > TAG_LENGTH:
        raise ValueError(f"a tag has at most {TAG_LENGTH} characters")
    if not tag.isprintable():
        raise ValueError("a tag has no control characters")
    return tag
