"""Rules for every file of the repository. Each message says what to do, and each rule why it is there."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import files, python_files, text, tree

_LONGEST = 400
_LONG: dict[str, str] = {}
"""Files that may be longer, each with the reason that a reader would accept."""

# Locks name packages and hashes, the others are written by programs or come from providers as they are.
_NOT_WRITTEN_BY_HAND = (
    "*.lock",
    "docs/*.json",
    "docs/api/*.json",
    "docs/events.md",
    "deploy/grafana/dashboards/*.json",
    "tests/fixtures/*",
)

_REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "repo1.maven" + ".org",
    "repo.maven" + ".apache.org",
    "npmjs" + ".org",
    "proxy.golang" + ".org",
    "crates" + ".io",
    "docker" + ".io",
    "ghcr" + ".io",
    "quay" + ".io",
    "debian" + ".org",
)
_MACHINES = ("/home" + "/", "/root" + "/", "/Users" + "/", "/work" + "/")

_SUPPRESSION = re.compile(
    r"#\s*(?P<what>noqa(?::\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*)?|type:\s*ignore(?:\[[a-z, -]+\])?)"
)
_REASON = re.compile(r"\s*(?:\(.{4,}\)|#\s*.{4,})")


@pytest.mark.parametrize("name", [*_REGISTRIES, *_MACHINES])
def test_no_file_names_a_registry_or_a_place_on_one_machine(name: str) -> None:
    """A hub is installed from whatever registry its clients are set up for, on whatever machine."""
    found = [str(path) for path in files() if re.search(rf"(?<![\w.]){re.escape(name)}", text(path))]
    assert found == [], f"{name} stands in these files; leave it to the client's own configuration"


def test_every_suppression_says_why() -> None:
    """A rule that is switched off without a reason is a rule that nobody can switch on again."""
    bare = [place for path in python_files() for place in _bare_suppressions(path)]
    assert bare == [], "write the reason behind it: `# noqa: X123 (reason)` or `# type: ignore[x]  # reason`"


def _bare_suppressions(path: Path) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text(path)).readline):
        if token.type == tokenize.COMMENT:
            found = list(_SUPPRESSION.finditer(token.string))
            if found and not _REASON.match(token.string, found[-1].end()):
                yield f"{path}:{token.start[0]}: {token.string}"


def test_every_skipped_test_says_why() -> None:
    calls = (
        (path, node)
        for path in python_files("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("skip", "skipif", "xfail")
    )
    reasoned = {
        id(call.func)
        for path in python_files("tests")
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and (call.args or any(keyword.arg == "reason" for keyword in call.keywords))
    }
    assert [f"{path}:{node.lineno}" for path, node in calls if id(node) not in reasoned] == []


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {str(path): text(path).count("\n") for path in files() if not _is_generated(path)}
    long = {name: length for name, length in lengths.items() if length > _LONGEST}
    assert set(long) == set(_LONG), f"split the file, or give a reason in _LONG: {long}"


def _is_generated(path: Path) -> bool:
    return any(path.match(pattern) for pattern in _NOT_WRITTEN_BY_HAND)
