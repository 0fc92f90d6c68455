"""How a file that a stranger sent is handed out so that no browser runs it."""

import re
from collections.abc import Mapping
from urllib.parse import quote

_HARMLESS = re.compile(
    r"(image/(png|jpeg|gif|webp|bmp|tiff)|audio/[\w.+-]+|video/[\w.+-]+|application/(pdf|zip)|text/plain)"
)
_UNWANTED = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")
_LONGEST = 150


def download_headers(name: str, media_type: str) -> Mapping[str, str]:
    """The headers of a download. A type that a browser could run, or that is unknown, is sent as mere bytes.

    The name is given as RFC 6266 asks: in ASCII, and in UTF-8 as RFC 5987 encodes it.
    """
    name = _file_name(name)
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return {
        "Content-Type": media_type if _HARMLESS.fullmatch(media_type) else "application/octet-stream",
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }


def _file_name(given: str) -> str:
    """The name without what an operating system or a header could take for more than a name."""
    name = _UNWANTED.sub("_", given).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if len(name) > _LONGEST:
        name = stem[: _LONGEST - len(ending) - 1] + dot + ending if dot and len(ending) < 20 else name[:_LONGEST]
    return name or "attachment"
