"""Fetch the embedded servers once per machine and make Kafka start fast.

A fetch goes into a directory beside its place and is renamed at the end: Ctrl-C, a kill or a full disk leave nothing
that counts. A file lock lets only one start fetch at a time.
"""

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.download import FetchFailed, fetch_jars, fetch_libraries, fetch_wheels
from deploy.local.errors import ServerError
from deploy.local.kafka import EmbeddedKafka
from deploy.local.machine import check_platform, why_not
from deploy.local.report import Report
from deploy.local.servers import JARS_LOCK, LIBRARIES_LOCK, WHEELS_LOCK, Servers, cache_dir, located


def prepared(report: Report | None = None, cache: Path | None = None) -> Servers:
    """Return the servers, fetching what is missing. Raise ServerError when this machine cannot have or run them."""
    cache = cache or cache_dir()
    servers = located(cache)
    if servers.complete and servers.kafka_archive.exists():
        return servers
    report = report or Report()
    check_platform()
    with _only_one_fetch(cache, report):
        whole_or_nothing(servers.wheels, lambda into: fetch_wheels(WHEELS_LOCK, into, report))
        _make_mongod_run(servers, report)
        whole_or_nothing(servers.kafka, lambda into: fetch_jars(JARS_LOCK, into, report))
        _archive_classes(servers, report)
    return servers


def _make_mongod_run(servers: Servers, report: Report) -> None:
    """Slim systems lack libraries that mongod links to; those come from a wheel then, or the person is told."""
    unfit = why_not(servers.mongod, servers.mongod_environment)
    if unfit is not None and not servers.libraries.exists():
        try:
            whole_or_nothing(servers.libraries, lambda into: fetch_libraries(LIBRARIES_LOCK, into, report))
        except FetchFailed:
            raise unfit from None
        unfit = why_not(servers.mongod, servers.mongod_environment)
    if unfit is not None:
        raise unfit


@contextmanager
def _only_one_fetch(cache: Path, report: Report) -> Iterator[None]:
    """Two first starts at the same time: the second waits, then finds everything there."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "fetching").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report.step("Another start is fetching the servers; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def whole_or_nothing(target: Path, fetch: Callable[[Path], None]) -> None:
    """Let fetch fill a directory that becomes target only when fetch succeeds. Nothing happens if target exists."""
    if target.exists():
        return
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # left by a fetch that was killed
    part.mkdir()
    try:
        fetch(part)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _archive_classes(servers: Servers, report: Report) -> None:
    """Run Kafka once and keep its loaded classes as the Java runtime's archive, which halves every later start.

    The archives belong to these files in this place, so they are made here and not fetched. Kafka runs without, too.
    """
    if servers.kafka_archive.exists():
        return
    report.step("Making Kafka start faster (once per machine)")
    _write(servers.java_archive, lambda part: _dump_java(servers.java, part))
    _write(servers.kafka_archive, lambda part: _run_kafka_once(servers, part))


def _write(archive: Path, make: Callable[[Path], None]) -> None:
    part = archive.with_suffix(".part")
    make(part)
    if not part.exists():
        raise ServerError(f"Java could not write {part}; see whether its disk is full.")
    part.rename(archive)


def _dump_java(java: Path, part: Path) -> None:
    """Archive the runtime's own classes, which its wheel leaves out and Kafka's archive builds upon."""
    dump = [str(java), "-Xshare:dump", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={part}"]
    subprocess.run(dump, check=True, capture_output=True)  # noqa: S603  # the program comes from the verified wheel


def _run_kafka_once(servers: Servers, part: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="hub-kafka-") as scratch:
        kafka = EmbeddedKafka(Path(scratch), servers=servers, jvm=(f"-XX:ArchiveClassesAtExit={part}",))
        try:
            kafka.start()
        finally:
            kafka.stop(timeout=60)  # the archive is written as the process ends
