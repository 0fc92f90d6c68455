"""The guide for channel plugins: its example runs as it stands there, against a real ingest."""

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.reference.flows import ROOT
from shared.contracts.envelope import event_id
from tests.conftest import Servers
from tests.integration.ingest.running import Running, running

GUIDE = (ROOT / "docs" / "channel-plugins.md").read_text("utf-8")
POST = {"id": "4711", "written": "2026-11-21T10:00:00+01:00", "thread": "99", "author": "ann", "text": "Where is it?"}


@pytest.fixture(scope="module")
def ingest(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(servers, f"t{uuid.uuid4().hex[:10]}", tmp_path_factory.mktemp("ingest")) as process:
        yield process


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The example as a program."""
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    program = tmp_path / "forum.py"
    program.write_text(example, "utf-8")
    return program


def run(plugin: Path, ingest: Running, token: str, *posts: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(plugin)],
        input="".join(f"{json.dumps(post)}\n" for post in posts),
        env=os.environ | {"HUB_INGEST": ingest.http, "HUB_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def test_the_example_brings_posts_into_the_log_once_however_often_it_runs(plugin: Path, ingest: Running) -> None:
    answer = POST | {"id": "4712", "text": "Here."}
    for _ in range(2):
        done = run(plugin, ingest, ingest.token("channel"), POST, answer)
        assert (done.returncode, done.stderr) == (0, "")

    logged = await ingest.logged(lambda event: event.data.channel == "forum")

    assert {one.event.id for one in logged} == {event_id("/plugins/forum", post["id"]) for post in (POST, answer)}
    assert len({one.event.data.conversation for one in logged}) == 1
    first = await ingest.event(event_id("/plugins/forum", "4711"))
    assert (first.content["identity"], first.content["text"]) == ("forum:ann", "Where is it?")
    assert first.content["original"] == POST


async def test_the_example_leaves_out_what_the_hub_can_never_take_and_says_so(plugin: Path, ingest: Running) -> None:
    done = run(
        plugin,
        ingest,
        ingest.token("channel"),
        POST | {"id": "1", "written": "1970-01-01T00:00:00Z"},
        POST | {"id": "2"},
    )

    assert done.returncode == 0
    assert done.stderr == "1 is not taken: time lies before 2000-01-01; the sender's clock is not set\n"
    assert await ingest.event(event_id("/plugins/forum", "2"))


def test_the_example_ends_with_the_hubs_own_words_when_it_may_not(plugin: Path, ingest: Running) -> None:
    done = run(plugin, ingest, ingest.token("agent"), POST)
    assert done.returncode == 1
    assert done.stderr == "The hub refuses: The role agent may not do this; it needs admin or channel.\n"


def test_the_event_that_the_guide_explains_is_taken(ingest: Running) -> None:
    explained = GUIDE[GUIDE.index("    {\n") : GUIDE.index("\n    }\n") + len("\n    }\n")]
    event = json.loads(re.sub(r" {3,}[^\s\"{}].*", "", explained.replace("    ", "   ")))
    with ingest.client() as client:
        answer = client.post("/v1/events", json=event)
    assert answer.status_code == 202, answer.text


def test_the_guides_limits_are_the_hubs(ingest: Running) -> None:
    data = {"channel": "forum", "direction": "inbound", "conversation": "1", "identity": "forum:ann", "content": {}}
    event = {"specversion": "1.0", "source": "/plugins/forum", "type": "x.a", "data": data}
    with ingest.client() as client:
        most = client.post("/v1/events", json=[event | {"id": str(number)} for number in range(1_000)])
        too_many = client.post("/v1/events", json=[event | {"id": str(number)} for number in range(1_001)])
        too_long = client.post("/v1/events", content=b" " * (8 * 1024 * 1024 + 1))
    assert [answer.status_code for answer in (most, too_many, too_long)] == [202, 422, 413]
    assert "more than 1000 events" in too_many.text
