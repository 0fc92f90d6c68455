"""Where a mail's own words end and the earlier mails that it repeats begin.

mail-parser-reply knows how mail programs introduce a quote in fourteen languages. Its expressions take quadratic time
on long lines, so they see only short windows of the text that have the colon which every such introduction has.
"""

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage

_HEADER = EmailMessage(text="", languages=sorted(MAIL_LANGUAGES)).HEADER_REGEX
_COLONS = (":", "\N{FULLWIDTH COLON}")
_WINDOW = 3
_LONGEST_LINE = 200
_MOST_LINES = 500


def split_quote(text: str) -> tuple[str, str | None]:
    """The mail's own words, and what it quotes (None if nothing); together they are the text, less blank lines between.

    A mail that begins with its quote (a forwarded one, or answers between the lines) is not split.
    """
    lines = text.split("\n")
    at = _quote_begins(lines)
    if at is None:
        return text, None
    own = "\n".join(lines[:at]).rstrip()
    if not own.strip():
        return text, None
    return own, "\n".join(lines[at:])


def _quote_begins(lines: list[str]) -> int | None:
    tail = _quoted_tail(lines)
    for number in range(min(len(lines), _MOST_LINES, tail if tail is not None else len(lines))):
        window = [line.strip() for line in lines[number : number + _WINDOW]]
        if max(map(len, window)) > _LONGEST_LINE or not window[0]:
            continue
        joined = "\n".join(window)
        if any(colon in joined for colon in _COLONS) and _HEADER.match(joined):
            return number
    return tail


def _quoted_tail(lines: list[str]) -> int | None:
    """Where the lines that begin with > run to the end of the text."""
    at = None
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number].strip()
        if line.startswith(">"):
            at = number
        elif line:
            break
    return at
