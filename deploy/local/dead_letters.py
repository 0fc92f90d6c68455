"""`hub dead-letters`: the records that the hub could not take, why, and how they are given another try."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

import httpx
import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from deploy.local.errors import ServerError, WrongSetting
from deploy.local.event_lines import shown
from deploy.local.services import service
from deploy.local.settings import LocalSettings, local_settings
from deploy.local.tokens import local_token

_PATH = "/v1/dead-letters"
_SECONDS = 15.0
_COLUMNS = ("id", "at", "topic", "partition", "offset", "group", "reason", "retried_at")
_MOST = 10_000
_PAGE = 500

dead_letters = typer.Typer(
    help="Records that could not be taken: see why, and try them again once the cause is mended.",
    epilog="Exit codes: 0 done, 1 the hub does not run or refuses, 2 no such dead letter or a wrong setting.",
    invoke_without_command=True,
)


@dead_letters.callback()
def by_default(context: typer.Context) -> None:
    """Records that could not be taken: see why, and try them again once the cause is mended."""
    if context.invoked_subcommand is None:
        list_them()


@dead_letters.command("list")
def list_them(
    limit: Annotated[int, typer.Option(min=1, help="Show so many at most, the newest first.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for other programs.")] = False,
) -> None:
    """List the dead letters, the newest first, as a table."""
    with _ingest(local_settings()) as ingest:
        found = list(_newest(ingest, limit))
    console = Console()
    if as_json:
        for letter in found:
            print(orjson.dumps(letter).decode())
    elif found:
        console.print(_table(found))
    else:
        console.print("There are no dead letters.")


@dead_letters.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="The id of a dead letter, or how it begins.")],
) -> None:
    """Show everything about one dead letter but the record itself, which may hold anything and stays sealed."""
    with _ingest(local_settings()) as ingest:
        found = _named(ingest, letter)
    grid = Table.grid(padding=(0, 2))
    for name, value in found.items():
        grid.add_row(name, shown("" if value is None else value))
    Console().print(grid)


@dead_letters.command()
def retry(
    letter: Annotated[str, typer.Argument(metavar="ID", help="The id of a dead letter, or how it begins.")],
) -> None:
    """Put the record back into its topic, where every consumer sees it again; repeats are harmless."""
    with _ingest(local_settings()) as ingest:
        found = _named(ingest, letter)
        _answer(ingest.post(f"{_PATH}/{found['id']}/retry"))
    print(f"{found['id']} is back in {found['topic']}.")


@contextmanager
def _ingest(settings: LocalSettings) -> Iterator[httpx.Client]:
    token = local_token(settings.secrets_dir, "admin", "hub-dead-letters", timedelta(minutes=5))
    url = service("ingest").http(settings)
    try:
        with httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=_SECONDS, trust_env=False
        ) as client:
            yield client
    except httpx.HTTPError as error:
        raise ServerError(
            f"ingest at {url} does not answer ({error}). Start the hub with `hub up`; HUB_PORT_BASE and HUB_DATA have "
            "to be those it runs with."
        ) from error


def _newest(ingest: httpx.Client, limit: int) -> Iterator[Mapping[str, Any]]:
    cursor: str | None = None
    while limit > 0:
        page = _answer(ingest.get(_PATH, params={"limit": min(limit, _PAGE)} | ({"after": cursor} if cursor else {})))
        yield from page["items"][:limit]
        limit -= len(page["items"])
        cursor = page["next"]
        if cursor is None:
            return


def _named(ingest: httpx.Client, beginning: str) -> Mapping[str, Any]:
    found = [letter for letter in _newest(ingest, _MOST) if letter["id"].startswith(beginning)]
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongSetting(f"{len(found)} dead letters begin with {beginning}; give more of the id.")
    raise WrongSetting(f"There is no dead letter {beginning}; `hub dead-letters` lists those there are.")


def _answer(response: httpx.Response) -> Any:  # noqa: ANN401 (any JSON)
    if response.is_success:
        return response.json() if response.content else None
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = HTTPStatus(response.status_code).phrase
    raise ServerError(f"ingest refuses: {detail} (HTTP {response.status_code})")


def _table(letters: list[Mapping[str, Any]]) -> Table:
    table = Table(*(Column(name, overflow="fold") for name in _COLUMNS))
    for letter in letters:
        table.add_row(*(shown("" if letter.get(name) is None else letter[name]) for name in _COLUMNS))
    return table
