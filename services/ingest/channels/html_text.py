"""HTML of a mail as a person reads it: made harmless, and as plain text."""

from collections.abc import Iterable
from html.parser import HTMLParser

import nh3

_REMOTE = {"img"}  # a remote picture tells the sender when an agent looked
_TAGS = nh3.ALLOWED_TAGS - _REMOTE
_BREAKS = {"p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"}
_UNREAD = {"script", "style", "head", "title", "template"}


def harmless(html: str) -> str:
    """The HTML without scripts, forms, styles, remote pictures, and anything else that acts."""
    return nh3.clean(html, tags=_TAGS)


def as_text(html: str) -> str:
    """What the HTML says, with a line break between blocks."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return _without_gaps(lines)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unread: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 (HTMLParser's protocol)
        if self._unread is None and tag in _UNREAD:
            self._unread = tag
        elif tag == "br" or tag in _BREAKS:
            self.pieces.append("\n")
        elif tag == "li":
            self.pieces.append("\n- ")
        elif tag in ("td", "th"):
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unread:
            self._unread = None
        elif tag in _BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if self._unread is None:
            self.pieces.append(data.replace("\r", " ").replace("\n", " "))


def _without_gaps(lines: Iterable[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()
