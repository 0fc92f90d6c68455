"""Print the part of requirements.lock that a table of pyproject.toml needs: `locked_part.py project|build-system`.

The image gets what the services import, without the tools of development, from the one lock file and with its hashes.
pip says which package is missing if the lock's own notes on who requires what (`# via …`) were incomplete.
"""

import re
import sys
import tomllib
from pathlib import Path

_BLOCK = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==", re.MULTILINE)
_VIA = re.compile(r"^ +#(?: via)? +(?P<name>[A-Za-z0-9._-]+)", re.MULTILINE)


def wanted_names(pyproject: str, table: str) -> set[str]:
    """The packages that a table asks for: `dependencies` of [project] or `requires` of [build-system]."""
    described = tomllib.loads(pyproject)[table]
    asked: list[str] = described["dependencies" if table == "project" else "requires"]
    return {_normal(re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]) for name in asked}


def locked_part(lock: str, wanted: set[str]) -> str:
    """The lock's entries of the wanted packages and of all that these require, in the lock's order."""
    blocks = _blocks(lock)
    parents = {name: {_normal(found) for found in _VIA.findall(text)} for name, text in blocks.items()}
    kept: set[str] = wanted & blocks.keys()
    while more := {name for name, above in parents.items() if name not in kept and above & kept}:
        kept |= more
    return "".join(text for name, text in blocks.items() if name in kept)


def _blocks(lock: str) -> dict[str, str]:
    starts = list(_BLOCK.finditer(lock))
    ends = [start.start() for start in starts[1:]] + [len(lock)]
    return {_normal(start["name"]): lock[start.start() : end] for start, end in zip(starts, ends, strict=True)}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    here = Path.cwd()
    wanted = wanted_names((here / "pyproject.toml").read_text(), sys.argv[1])
    sys.stdout.write(locked_part((here / "requirements.lock").read_text(), wanted))


if __name__ == "__main__":
    main()
