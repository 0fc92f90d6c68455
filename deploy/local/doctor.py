"""`hub doctor`: look at everything a local hub needs, and say what to do about what is wrong."""

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import typer
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Column, Table

from deploy.local.errors import LocalHubError
from deploy.local.hub import without_password
from deploy.local.ports import is_taken
from deploy.local.reachable import kafka_answers, mongo_is_primary
from deploy.local.secret_files import NAMES
from deploy.local.servers import cache_dir, located
from deploy.local.services import SERVICES, Service
from deploy.local.settings import LocalSettings, local_settings
from deploy.local.topics import missing_topics
from shared.secrets import MissingSecret, read_secrets

_OLDEST_PYTHON = (3, 11)
_LEAST_DISK_GB = 2.0
_CLOCKS_APART_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, what was seen, and what to do when it is not well."""

    what: str
    well: bool
    seen: str
    advice: str = ""


def doctor() -> None:
    """Check this machine and the hub that its settings describe.

    Exit codes: 0 all is well, 1 something is wrong (the table says what to do), 2 a wrong setting.
    """
    findings = list(look(local_settings()))
    table = Table("", "what", Column("seen", overflow="fold"), Column("what to do", overflow="fold"))
    for one in findings:
        mark = "[green]✓[/green]" if one.well else "[red]✗[/red]"
        table.add_row(mark, one.what, one.seen, "" if one.well else one.advice)
    Console().print(table)
    if not all(one.well for one in findings):
        raise typer.Exit(1)


def look(settings: LocalSettings) -> Iterator[Finding]:
    """Make every check; none stops the ones behind it."""
    yield _python()
    yield _servers(settings)
    yield _disk(settings)
    yield _secrets(settings)
    yield _kafka(settings)
    yield _topics(settings)
    yield _mongo(settings)
    yield _clock(settings)
    for service in SERVICES:
        yield _service(service, settings)


def _python() -> Finding:
    return Finding(
        what="Python",
        well=sys.version_info >= _OLDEST_PYTHON,
        seen=platform.python_version(),
        advice="Install Python 3.11 or newer and run make again with PYTHON=python3.11.",
    )


def _servers(settings: LocalSettings) -> Finding:
    if settings.kafka_bootstrap and settings.mongo_url:
        return Finding(what="servers", well=True, seen="given, none embedded")
    complete = located(cache_dir()).complete
    seen = f"{'fetched' if complete else 'not fetched'} ({cache_dir()})"
    return Finding(what="servers", well=complete, seen=seen, advice="Run hub fetch.")


def _disk(settings: LocalSettings) -> Finding:
    there = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    free = shutil.disk_usage(there).free / 1e9
    return Finding(
        what="disk",
        well=free >= _LEAST_DISK_GB,
        seen=f"{free:.1f} GB free for {settings.data}",
        advice=f"Make room, {_LEAST_DISK_GB:.0f} GB at least, or set HUB_DATA to a larger disk.",
    )


def _secrets(settings: LocalSettings) -> Finding:
    try:
        read_secrets(settings.secrets_dir)
    except MissingSecret as error:
        return Finding(what="secrets", well=False, seen="missing or unusable", advice=str(error))
    open_to_others = [name for name in NAMES if (settings.secrets_dir / name).stat().st_mode & 0o077]
    return Finding(
        what="secrets",
        well=not open_to_others,
        seen=f"readable by others: {', '.join(open_to_others)}" if open_to_others else "there, for their owner only",
        advice=f"Run chmod 600 {settings.secrets_dir}/*.key.",
    )


def _kafka(settings: LocalSettings) -> Finding:
    return Finding(
        what="Kafka",
        well=kafka_answers(settings.bootstrap),
        seen=settings.bootstrap,
        advice=_start_it(settings.kafka_bootstrap, "HUB_KAFKA_BOOTSTRAP", settings.data / "kafka/logs/kafka.log"),
    )


def _topics(settings: LocalSettings) -> Finding:
    if not kafka_answers(settings.bootstrap):
        return Finding(what="topics", well=False, seen="unknown", advice="Kafka has to answer first.")
    try:
        missing = missing_topics(settings.bootstrap, settings.namespace)
    except LocalHubError as error:
        return Finding(what="topics", well=False, seen="unknown", advice=str(error))
    names = ", ".join(topic.within(settings.namespace) for topic in missing)
    return Finding(
        what="topics", well=not missing, seen=f"missing: {names}" if missing else "all there", advice="Run hub up."
    )


def _mongo(settings: LocalSettings) -> Finding:
    return Finding(
        what="MongoDB",
        well=mongo_is_primary(settings.mongo),
        seen=without_password(settings.mongo),
        advice=_start_it(settings.mongo_url, "HUB_MONGO_URL", settings.data / "mongo/logs/mongod.log"),
    )


def _start_it(given: str | None, variable: str, log: object) -> str:
    return f"Start it or correct {variable}." if given else f"Run hub up; its log is {log}."


def _clock(settings: LocalSettings) -> Finding:
    """Events carry times from this clock: it must agree with the database's."""
    advice = "Set this machine's clock, for example with an NTP service."
    try:
        with MongoClient[dict[str, object]](settings.mongo, serverSelectionTimeoutMS=2000) as client:
            theirs = client.admin.command("hello")["localTime"].replace(tzinfo=UTC)
    except PyMongoError:
        return Finding(what="clock", well=True, seen="not compared, MongoDB does not answer")
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    return Finding(
        what="clock", well=apart <= _CLOCKS_APART_SECONDS, seen=f"{apart:.1f} s off MongoDB's", advice=advice
    )


def _service(service: Service, settings: LocalSettings) -> Finding:
    url = service.http(settings)
    log = service.log(settings)
    try:
        answer = httpx.get(f"{url}/readyz", timeout=3.0)
    except httpx.HTTPError:
        port = int(url.rpartition(":")[2])
        advice = "Another program has its port; stop it or set HUB_PORT_BASE." if is_taken(port) else "Run hub up."
        return Finding(what=service.name, well=False, seen=f"{url} does not answer", advice=advice)
    ready = answer.is_success
    return Finding(what=service.name, well=ready, seen=url if ready else answer.text[:200], advice=f"See {log}.")
