"""The files of this repository, as the rules see them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from deploy.reference.flows import ROOT

PROGRAM = ("services", "shared", "deploy")


@cache
def files() -> tuple[Path, ...]:
    """Every file that git tracks or would track, relative to the repository."""
    command = ["/usr/bin/env", "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(
        path for name in sorted(listed.split("\0")) if name and (path := Path(name)) and (ROOT / path).exists()
    )


@cache
def text(path: Path) -> str:
    """The file's text; nothing for a file that is not text."""
    try:
        return (ROOT / path).read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def python_files(*directories: str) -> Iterator[Path]:
    """The Python files below these directories of the repository, or all."""
    for path in files():
        if path.suffix == ".py" and (not directories or path.parts[0] in directories):
            yield path


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(text(path), str(path))


def string_literals(module: ast.Module) -> Iterator[ast.Constant]:
    """The strings that a program works with: docstrings are left out."""
    docstrings = {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node
