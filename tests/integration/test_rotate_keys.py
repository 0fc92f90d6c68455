"""`hub rotate-keys` as an administrator uses it: services go on, and a kill between any two steps loses nothing."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient
from typer.testing import CliRunner

from deploy.local.cli import app
from deploy.local.errors import LocalHubError
from deploy.local.rotation import Rotation
from deploy.local.secret_files import make_secret, make_secrets
from shared.keyring import Keyring, keyring_of
from shared.master_keys import KeyringLocked
from shared.mongo import Document, connect, database
from shared.secrets import MASTER, NEXT, PREVIOUS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.running_service import RunningService

SECONDS = 120


class Hub:
    """A hub's keys and secrets, and an administrator's terminal."""

    def __init__(self, servers: Servers, client: AsyncMongoClient[Document], namespace: str, data: Path) -> None:
        self.client = client
        self.namespace = namespace
        self.data = data
        self.secrets = data / "secrets"
        self.keys = database(client, namespace, "keys")["keys"]
        self._environment = os.environ | {
            "HUB_MONGO_URL": servers.mongo,
            "HUB_NAMESPACE": namespace,
            "HUB_DATA": str(data),
        }

    def process(self) -> Keyring:
        """The keyring of a process that starts now."""
        return keyring_of(self.client, self.namespace, self.secrets)

    @property
    def rotation(self) -> Rotation:
        return Rotation(self.client, self.namespace, self.secrets)

    @property
    def files(self) -> set[str]:
        return {path.name for path in self.secrets.iterdir()} - {"jwt.key"}

    def master(self, name: str = MASTER) -> bytes:
        return (self.secrets / name).read_bytes()

    def _copy(self, name: str, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        shutil.copy(self.secrets / name, directory / MASTER)

    async def rotate(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Exit code and what it says. In a thread, because it runs an event loop of its own."""
        invoke = partial(CliRunner().invoke, app, ["rotate-keys", *arguments], env=self._environment | environment)
        done = await asyncio.wait_for(asyncio.to_thread(invoke), SECONDS)
        if isinstance(done.exception, LocalHubError):
            return done.exception.exit_code, str(done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    async def opens_with(self, name: str, directory: Path) -> bool:
        """Whether every identity's key opens with that file alone."""
        self._copy(name, directory)
        names = [document["_id"] async for document in self.keys.find({"wrapped": {"$exists": True}})]
        try:
            found = await keyring_of(self.client, self.namespace, directory).find(names)
        except KeyringLocked:
            return False
        return found.keys() == set(names) - {"identity-hash-key"}


@pytest.fixture
async def hub(servers: Servers, namespace: str, tmp_path: Path) -> AsyncIterator[Hub]:
    make_secrets(tmp_path / "secrets")
    async with connect(servers.mongo) as client:
        made = Hub(servers, client, namespace, tmp_path)
        keyring = made.process()
        await keyring.hasher()
        await keyring.ensure(identities(0, 2_500))
        yield made
        await client.drop_database(made.keys.database.name)


def identities(start: int, end: int) -> list[str]:
    return [f"{number:032x}" for number in range(start, end)]


async def test_every_key_opens_with_the_new_master_key_alone(hub: Hub, tmp_path: Path) -> None:
    before = hub.master()
    hasher = await hub.process().hasher()

    code, said = await hub.rotate()

    assert code == 0
    assert "2501 keys looked at, 2501 wrapped" in said
    assert "2501 keys looked at, 0 wrapped" in said
    assert hub.files == {MASTER}
    assert hub.master() != before
    assert (hub.secrets / MASTER).stat().st_mode & 0o777 == 0o600
    assert await hub.opens_with(MASTER, tmp_path / "alone")
    assert (await hub.process().hasher()).identity("email:ann@x.org") == hasher.identity("email:ann@x.org")


async def test_the_old_master_key_opens_nothing_afterwards(hub: Hub, tmp_path: Path) -> None:
    shutil.copytree(hub.secrets, tmp_path / "old")
    await hub.rotate()

    with pytest.raises(KeyringLocked):
        await keyring_of(hub.client, hub.namespace, tmp_path / "old").hasher()
    with pytest.raises(KeyringLocked):
        await keyring_of(hub.client, hub.namespace, tmp_path / "old").find(identities(0, 1))


async def test_processes_that_make_and_read_keys_go_on_during_two_rotations(hub: Hub, tmp_path: Path) -> None:
    maker, reader = hub.process(), hub.process()
    rotating = asyncio.create_task(_rotate_twice(hub))
    number = 10_000
    while not rotating.done():
        fresh = identities(number, number + 3)
        made = await maker.ensure(fresh)
        assert (await reader.find(fresh)).keys() == made.keys() == set(fresh)
        assert (await reader.find(identities(number % 2_500, number % 2_500 + 3))).keys()
        number += 3
    await rotating

    assert number > 10_000
    assert await hub.opens_with(MASTER, tmp_path / "alone")


async def _rotate_twice(hub: Hub) -> None:
    for _ in range(2):
        code, said = await hub.rotate()
        assert code == 0, said


# each step, and how far a rotation came that was killed after it


async def _after_making(hub: Hub) -> None:
    hub.rotation.make_next()


async def _after_telling(hub: Hub) -> None:
    """Some keys are wrapped with the next master key, others with the old one."""
    hub.rotation.make_next()
    await _killed_halfway(hub)


async def _after_wrapping(hub: Hub) -> None:
    hub.rotation.make_next()
    await hub.rotation.wrap_all(hub.keys)


async def _within_swapping(hub: Hub) -> None:
    await _after_wrapping(hub)
    shutil.copy(hub.secrets / MASTER, hub.secrets / PREVIOUS)


async def _after_swapping(hub: Hub) -> None:
    await _after_wrapping(hub)
    hub.rotation.swap()


async def _with_part_files(hub: Hub) -> None:
    await _after_swapping(hub)
    (hub.secrets / f"{NEXT}.part").write_bytes(b"")
    (hub.secrets / f"{PREVIOUS}.part").write_bytes(b"")


async def _killed_halfway(hub: Hub) -> None:
    class Killed(Exception):
        pass

    def kill(_: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        await hub.rotation.wrap_all(hub.keys, kill)


@pytest.mark.parametrize(
    "killed", [_after_making, _after_telling, _after_wrapping, _within_swapping, _after_swapping, _with_part_files]
)
async def test_a_killed_rotation_goes_on_when_it_is_called_again(
    hub: Hub, tmp_path: Path, killed: Callable[[Hub], Awaitable[None]]
) -> None:
    running = hub.process()
    await running.ensure(identities(0, 10))
    before = hub.master()
    await killed(hub)

    # Meanwhile the hub works: a process that was there before makes keys, and one that starts now reads all.
    fresh = await running.ensure(identities(5_000, 5_010))
    assert (await hub.process().find([*fresh, *identities(0, 2_500)])).keys() == {*fresh, *identities(0, 2_500)}
    code, said = await hub.rotate()

    assert (code, hub.files & {MASTER, NEXT, PREVIOUS}) == (0, {MASTER}), said
    assert hub.master() != before
    assert await hub.opens_with(MASTER, tmp_path / "alone")
    assert (await running.ensure(identities(6_000, 6_010))).keys()
    assert await hub.opens_with(MASTER, tmp_path / "alone")


async def test_what_a_service_wraps_with_the_old_master_key_after_the_swap_is_wrapped_anew(
    hub: Hub, tmp_path: Path
) -> None:
    shutil.copytree(hub.secrets, tmp_path / "old")
    await _after_swapping(hub)
    (late,) = identities(7_000, 7_001)
    # A process of the old master key that has not noticed, and is killed before it reads back what it made.
    straggler = keyring_of(hub.client, hub.namespace, tmp_path / "old")
    await straggler._make([late], ())

    code, said = await hub.rotate()

    assert code == 0
    assert "An earlier rotation was not finished" in said
    assert "2502 keys looked at, 1 wrapped" in said
    assert await hub.opens_with(MASTER, tmp_path / "alone")


async def test_a_key_that_no_master_key_opens_stops_it_before_anything_is_deleted(hub: Hub) -> None:
    (lost,) = identities(8_000, 8_001)
    await hub.keys.insert_one({"_id": lost, "wrapped": bytes(60)})

    code, said = await hub.rotate()

    assert code == 1
    assert "nothing was deleted" in said
    assert NEXT in hub.files

    await hub.keys.delete_one({"_id": lost})
    assert (await hub.rotate())[0] == 0


async def test_another_hubs_master_key_is_a_sentence(hub: Hub, tmp_path: Path) -> None:
    make_secrets(tmp_path / "other/secrets")

    code, said = await hub.rotate(HUB_DATA=str(tmp_path / "other"))

    assert code == 1
    assert "master.key does not open this hub's keys" in said


async def test_a_namespace_that_has_the_same_master_key_gets_the_new_one_too(
    hub: Hub, servers: Servers, tmp_path: Path
) -> None:
    neighbour = Hub(servers, hub.client, f"{hub.namespace}-b", tmp_path)
    stranger = database(hub.client, f"{hub.namespace}-c", "keys")["keys"]
    try:
        await neighbour.process().ensure(identities(0, 20))
        await stranger.insert_one({"_id": "identity-hash-key", "wrapped": bytes(60)})

        code, said = await hub.rotate()

        assert code == 0, said
        assert await neighbour.opens_with(MASTER, tmp_path / "alone")
    finally:
        await hub.client.drop_database(neighbour.keys.database.name)
        await hub.client.drop_database(stranger.database.name)


async def test_files_that_a_store_outside_mounts_are_left_alone(hub: Hub, tmp_path: Path) -> None:
    elsewhere = tmp_path / "mounted"
    hub.secrets.rename(elsewhere)
    hub.secrets = elsewhere
    before = hub.process()
    assert (await hub.rotate("--keep-files", "--secrets", str(elsewhere)))[0] == 2

    make_secret(elsewhere / NEXT)
    files = {path: path.read_bytes() for path in elsewhere.iterdir()}
    elsewhere.chmod(0o500)
    try:
        code, said = await hub.rotate("--keep-files", HUB_SECRETS_DIR=str(elsewhere))
    finally:
        elsewhere.chmod(0o700)

    assert code == 0
    assert "Make it master.key" in said
    assert {path: path.read_bytes() for path in elsewhere.iterdir()} == files
    assert await hub.opens_with(NEXT, tmp_path / "alone")
    await before.ensure(identities(9_000, 9_010))
    assert await hub.opens_with(NEXT, tmp_path / "alone")


async def test_two_rotations_at_the_same_time_are_refused(hub: Hub) -> None:
    with hub.rotation.alone():
        code, said = await hub.rotate()

    assert code == 2
    assert "Another rotation is at work" in said
    assert hub.files == {MASTER}


async def test_without_a_master_key_there_is_nothing_to_rotate(hub: Hub) -> None:
    (hub.secrets / MASTER).unlink()

    code, said = await hub.rotate()

    assert code == 2
    assert "master.key is missing" in said
    assert hub.files == set()


async def test_a_database_that_is_silent_is_a_sentence(hub: Hub) -> None:
    code, said = await hub.rotate(HUB_MONGO_URL="mongodb://127.0.0.1:9/")

    assert code == 1
    assert "does not answer" in said


async def test_running_services_take_traffic_through_a_rotation(
    servers: Servers, namespace: str, tmp_path: Path
) -> None:
    ingest = RunningService("ingest", servers, namespace, tmp_path / "secrets")
    profile = RunningService("profile", servers, namespace, tmp_path / "secrets")
    async with connect(servers.mongo) as client:
        hub = Hub(servers, client, namespace, tmp_path)
        try:
            await asyncio.gather(ingest.start(), profile.start())
            async with ingest.client("channel") as channel, profile.client("agent") as agent:
                rotating = asyncio.create_task(hub.rotate())
                sent = 0
                while not rotating.done():
                    answer = await channel.post("/v1/events", json=_message(sent))
                    assert answer.status_code == 202, answer.text
                    sent += 1
                assert (await rotating)[0] == 0
                (await channel.post("/v1/events", json=_message(sent))).raise_for_status()

                async def all_read() -> bool:
                    asked = [
                        await agent.get("/v1/timeline", params={"identity": f"email:p{number}@x.org"})
                        for number in (0, sent // 2, sent)
                    ]
                    items = [answer.json()["timeline"]["items"] for answer in asked]
                    return [[item["content"].get("text") for item in one] for one in items] == [["Hello"]] * 3

                await eventually(all_read, what="every message being on its timeline")
            assert await hub.opens_with(MASTER, tmp_path / "alone")
            assert (await ingest.stop(), await profile.stop()) == (0, 0)
        finally:
            for service in (ingest, profile):
                await service.kill()
            for name in ("keys", "ingest", "profile"):
                await client.drop_database(database(client, namespace, name).name)


def _message(number: int) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": str(number),
        "source": "/plugins/mine",
        "type": "hub.message.received.v1",
        "data": {
            "channel": "email",
            "direction": "inbound",
            "conversation": f"c-{number}",
            "identity": f"email:p{number}@x.org",
            "message": str(number),
            "content": {"text": "Hello"},
        },
    }
