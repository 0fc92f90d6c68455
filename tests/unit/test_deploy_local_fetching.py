"""Fetching the servers: whole or not at all, byte for byte what the lock names, with a way out when it cannot work."""

import re
import signal
from pathlib import Path

import pytest

from deploy.local.download import FetchFailed, fetch_jars, jars_of
from deploy.local.machine import why_mongod_fails
from deploy.local.prepare import whole_or_nothing
from deploy.local.report import Report
from deploy.local.servers import JARS_LOCK, WHEELS_LOCK, ServersNotFetched, installed


def test_a_fetch_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(into: Path) -> None:
        (into / "half").write_text("a server")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        whole_or_nothing(tmp_path / "kafka", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_fetch_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "kafka.part").mkdir()
    (tmp_path / "kafka.part" / "half").touch()
    whole_or_nothing(tmp_path / "kafka", lambda into: (into / "whole").touch())
    assert [path.name for path in (tmp_path / "kafka").iterdir()] == ["whole"]


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    whole_or_nothing(tmp_path / "kafka", lambda _: pytest.fail("it was fetched again"))


def test_servers_that_nobody_fetched_are_missed_with_the_command_that_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(ServersNotFetched, match="hub fetch"):
        installed(tmp_path)


def test_a_jar_that_is_not_the_one_in_the_lock_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("# a comment\norg.example:thing:1.0 sha256:" + "0" * 64 + "\n")
    tampered = tmp_path / "into" / "repository" / "org/example/thing/1.0/thing-1.0.jar"
    tampered.parent.mkdir(parents=True)
    tampered.write_bytes(b"something else")
    with pytest.raises(FetchFailed, match=r"thing-1\.0\.jar .* is not the file that kafka\.lock names"):
        fetch_jars(lock, tmp_path / "into", Report())


def test_every_jar_is_pinned_by_version_and_digest() -> None:
    jars = list(jars_of(JARS_LOCK))
    assert len({jar.name for jar in jars}) == len(jars) > 40
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in jars)


def test_no_lock_names_an_address() -> None:
    assert "//" not in JARS_LOCK.read_text() + WHEELS_LOCK.read_text()


@pytest.mark.parametrize(
    ("returncode", "stderr", "expected"),
    [
        (
            127,
            "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file: No such file",
            r"needs the library libcurl\.so\.4\. Install it",
        ),
        (1, "mongod: /lib/libc.so.6: version `GLIBC_2.34' not found (required by mongod)", r"needs glibc 2\.35"),
        (-signal.SIGILL, "", r"needs a processor with AVX"),
        (1, "out of memory", r"does not run here \(.*out of memory\)"),
    ],
)
def test_a_mongod_that_cannot_run_is_explained_with_a_way_out(returncode: int, stderr: str, expected: str) -> None:
    sentence = why_mongod_fails(returncode, stderr)
    assert re.search(expected, sentence)
    assert "HUB_MONGO_URL" in sentence
