"""`hub dead-letters` as a person uses it, against a real ingest."""

import json
import uuid
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from deploy.local.cli import app
from deploy.local.errors import LocalHubError
from deploy.local.ports import free_ports
from shared.topics import OUTBOUND
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.ingest.running import Running, running

BROKEN = b'{"text": "of ann@example.org"}'


@pytest.fixture(scope="module")
def ingest(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(servers, f"t{uuid.uuid4().hex[:10]}", tmp_path_factory.mktemp("ingest")) as process:
        yield process


def hub(ingest: Running, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of `hub dead-letters …`."""
    given = {
        "HUB_DATA": str(ingest.secrets_dir.parent),
        "HUB_PORT_BASE": str(ingest.http_port - 1),
        "COLUMNS": "200",
    }
    done = CliRunner().invoke(app, ["dead-letters", *arguments], env=given | environment)
    if isinstance(done.exception, LocalHubError):
        return done.exception.exit_code, done.stdout, f"{done.exception}\n"
    return done.exit_code, done.stdout, done.stderr


def listed(ingest: Running) -> list[dict[str, str]]:
    return [json.loads(line) for line in hub(ingest, "list", "--json")[1].splitlines()]


async def buried(ingest: Running) -> dict[str, str]:
    """A new dead letter, of a record that ingest itself cannot take."""
    before = {letter["id"] for letter in listed(ingest)}
    await ingest.publish(OUTBOUND, "C-1", BROKEN)

    async def new() -> list[dict[str, str]]:
        return [letter for letter in listed(ingest) if letter["id"] not in before]

    return (await eventually(new, what="the dead letter being listed"))[0]


def test_without_dead_letters_the_list_says_so(ingest: Running) -> None:
    assert hub(ingest) == (0, "There are no dead letters.\n", "")


async def test_a_dead_letter_is_listed_with_its_reason_and_never_its_content(ingest: Running) -> None:
    letter = await buried(ingest)

    code, table, errors = hub(ingest, "list")

    assert (code, errors) == (0, "")
    assert letter["id"][:8] in table
    assert "outbound.v1" in table
    assert "ann" not in table


async def test_a_dead_letter_is_shown_by_the_beginning_of_its_id(ingest: Running) -> None:
    letter = await buried(ingest)

    code, output, _ = hub(ingest, "show", letter["id"][:13])

    assert code == 0
    for value in (letter["id"], letter["reason"], letter["group"]):
        assert value in output


async def test_a_dead_letter_is_tried_again(ingest: Running) -> None:
    letter = await buried(ingest)
    records = (await ingest.read(OUTBOUND)).count(BROKEN)

    code, output, errors = hub(ingest, "retry", letter["id"])

    assert (code, errors) == (0, "")
    assert output == f"{letter['id']} is back in {letter['topic']}.\n"
    assert (await ingest.read(OUTBOUND)).count(BROKEN) == records + 1
    assert next(one for one in listed(ingest) if one["id"] == letter["id"])["retried_at"]


@pytest.mark.parametrize("command", ["show", "retry"])
def test_an_unknown_dead_letter_is_a_sentence(ingest: Running, command: str) -> None:
    code, output, errors = hub(ingest, command, "no-such-id")
    assert (code, output) == (2, "")
    assert errors == "There is no dead letter no-such-id; `hub dead-letters` lists those there are.\n"


def test_a_hub_that_does_not_run_is_a_sentence(ingest: Running) -> None:
    (port,) = free_ports(1)
    code, output, errors = hub(ingest, HUB_PORT_BASE=str(port - 1))
    assert (code, output) == (1, "")
    assert "Start the hub with `hub up`" in errors


def test_the_secrets_of_another_hub_are_refused_in_a_sentence(ingest: Running, tmp_path: str) -> None:
    code, _, errors = hub(ingest, HUB_DATA=str(tmp_path))
    assert code == 1
    assert "jwt.key is missing" in errors
