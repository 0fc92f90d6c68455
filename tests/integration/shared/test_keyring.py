"""Keys are made once, destroyed for good, and no process goes on using one that another has destroyed."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo.asynchronous.collection import AsyncCollection

from shared.keyring import HASH_KEY, Key, Keyring
from shared.master_keys import KeyringLocked, MasterKeys, rewrap
from shared.mongo import Document, connect, database
from shared.sealing import SealBroken, seal, unseal
from shared.secrets import MASTER, NEXT, read_masters
from tests.conftest import Servers
from tests.eventually import eventually

ANN, BOB, ZOE = "a" * 32, "b" * 32, "c" * 32
EVENT = "38fa13cf-2483-58bb-b29d-44873da9b5af"
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
ONE, TWO = b"1" * 32, b"2" * 32

Keys = AsyncCollection[Document]


@pytest.fixture
async def keys(servers: Servers, namespace: str) -> AsyncIterator[Keys]:
    async with connect(servers.mongo) as client:
        found = database(client, namespace, "keys")
        yield found["keys"]
        await client.drop_database(found.name)


def ring(keys: Keys, *masters: bytes) -> Keyring:
    """A process's keyring."""
    return Keyring(keys, lambda: masters or [ONE])


def opens(key: Key, sealed: str) -> bool:
    try:
        return unseal(key.cipher, EVENT, sealed) == b"Hello"
    except SealBroken:
        return False


async def of(keyring: Keyring, name: str) -> Key:
    """The name's key, made if need be."""
    return (await keyring.ensure([name]))[name]


async def test_processes_that_make_a_key_at_the_same_time_have_the_same_one(keys: Keys) -> None:
    rings = [ring(keys) for _ in range(5)]

    made = await asyncio.gather(*(of(one, ANN) for one in rings))

    sealed = seal(made[0].cipher, EVENT, b"Hello")
    assert all(opens(key, sealed) for key in made)


async def test_a_destroyed_key_is_gone_and_a_tombstone_says_when(keys: Keys) -> None:
    keyring = ring(keys)
    await keyring.ensure([ANN, BOB])

    await keyring.erase([ANN], AT)

    assert (await keyring.find([ANN, BOB])).keys() == {BOB}
    assert (await ring(keys).find([ANN, BOB])).keys() == {BOB}
    assert await keys.find_one({"_id": ANN}) == {"_id": ANN, "erased": AT, "erasure": 1}


async def test_a_new_contact_gets_a_new_key_that_opens_nothing_of_before(keys: Keys) -> None:
    keyring = ring(keys)
    before = seal((await of(keyring, ANN)).cipher, EVENT, b"Hello")
    await keyring.erase([ANN], AT)

    fresh = await of(keyring, ANN)

    assert fresh.erased == AT
    assert not opens(fresh, before)
    for other in (keyring, ring(keys)):
        found = (await other.find([ANN]))[ANN]
        assert found.erased == AT
        assert opens(found, seal(fresh.cipher, EVENT, b"Hello"))


async def test_processes_that_meet_a_new_contact_at_the_same_time_have_the_same_key(keys: Keys) -> None:
    await ring(keys).erase([ANN], AT)

    made = await asyncio.gather(*(of(ring(keys), ANN) for _ in range(5)))

    sealed = seal(made[0].cipher, EVENT, b"Hello")
    assert all(opens(key, sealed) and key.erased == AT for key in made)


async def test_what_comes_too_late_makes_no_key(keys: Keys) -> None:
    keyring = ring(keys)
    await keyring.erase([ANN, BOB], AT)

    found = await keyring.ensure_at({ANN: AT, BOB: LATER, ZOE: AT})

    assert found.keys() == {BOB, ZOE}
    assert "wrapped" not in (await keys.find_one({"_id": ANN}) or {})


async def test_an_erasure_that_is_repeated_spares_the_new_contact(keys: Keys) -> None:
    keyring = ring(keys)
    await keyring.erase([ANN], AT)
    sealed = seal((await of(keyring, ANN)).cipher, EVENT, b"Hello")

    await keyring.erase([ANN], AT)
    await keyring.erase([ANN], AT - timedelta(days=1))

    found = (await keyring.find([ANN]))[ANN]
    assert found.erased == AT
    assert opens(found, sealed)


async def test_a_later_erasure_destroys_the_new_contacts_key_too(keys: Keys) -> None:
    keyring = ring(keys)
    await keyring.erase([ANN], AT)
    await keyring.ensure([ANN])

    await keyring.erase([ANN], LATER)

    assert await keyring.find([ANN]) == {}
    assert await keys.find_one({"_id": ANN}) == {"_id": ANN, "erased": LATER, "erasure": 2}


async def test_an_identity_that_never_had_a_key_gets_a_tombstone_too(keys: Keys) -> None:
    await ring(keys).erase([ANN], AT)

    assert await ring(keys).ensure_at({ANN: AT}) == {}


@pytest.mark.parametrize("name", [HASH_KEY, "dead-letters", "erasures", "email:ann@x.org", "A" * 32])
async def test_the_hubs_own_keys_cannot_be_erased(keys: Keys, name: str) -> None:
    keyring = ring(keys)
    await keyring.ensure([ANN])

    with pytest.raises(ValueError, match=name):
        await keyring.erase([ANN, name], AT)

    assert (await keyring.find([ANN])).keys() == {ANN}


async def test_no_process_goes_on_with_a_key_that_another_has_destroyed(keys: Keys) -> None:
    one, other = ring(keys), ring(keys)
    await asyncio.gather(one.ensure([ANN, BOB]), other.ensure([ANN, BOB]))

    await one.erase([ANN], AT)

    async def is_forgotten() -> bool:
        return (await other.find([ANN, BOB])).keys() == {BOB}

    await eventually(is_forgotten, within=5, what="the other process forgetting the key")


async def test_erasures_at_the_same_time_are_all_noticed(keys: Keys) -> None:
    names = [f"{number:032x}" for number in range(40)]
    rings, watching = [ring(keys) for _ in range(4)], ring(keys)
    await asyncio.gather(*(one.ensure(names) for one in [*rings, watching]))

    erasures = (rings[number % 4].erase([name], AT + timedelta(seconds=-number)) for number, name in enumerate(names))
    await asyncio.gather(*erasures)

    async def are_forgotten() -> bool:
        return not await watching.find(names)

    await eventually(are_forgotten, within=5, what="every erasure being noticed")
    numbers = [document["erasure"] async for document in keys.find({"erasure": {"$exists": True}})]
    assert sorted(numbers) == list(range(1, 41))


async def test_who_asks_anew_sees_at_once_what_another_process_did(keys: Keys) -> None:
    one, other = ring(keys), ring(keys)
    await one.ensure([ANN])
    old = (await other.find([ANN]))[ANN]
    await one.erase([ANN], AT)
    fresh = await of(one, ANN)

    found = (await other.find([ANN], anew=True))[ANN]

    sealed = seal(fresh.cipher, EVENT, b"Hello")
    assert opens(found, sealed)
    assert not opens(old, sealed)
    assert (await other.find([ANN]))[ANN] == found


class Overtaken:
    """The keys' collection for a process whose read is overtaken by an erasure: the answer is on its way meanwhile."""

    def __init__(self, keys: Keys, meanwhile: Callable[[], Any]) -> None:
        self._keys = keys
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the collection has)
        return getattr(self._keys, name)

    async def find(self, query: Document) -> AsyncIterator[Document]:
        found = await self._keys.find(query).to_list()
        if query == {"_id": {"$in": [ANN]}}:
            await self._meanwhile()
        for document in found:
            yield document


async def test_a_key_that_is_destroyed_while_it_is_being_read_is_not_remembered(keys: Keys) -> None:
    await ring(keys).ensure([ANN])

    async def erase() -> None:
        await process.erase([ANN], AT)

    process = Keyring(Overtaken(keys, erase), lambda: [ONE])  # type: ignore[arg-type]  # the real collection but for its pace
    await process.find([ANN])

    assert await process.find([ANN]) == {}


async def test_a_new_contacts_key_that_another_process_was_first_to_make_stays(keys: Keys) -> None:
    first = ring(keys)
    await first.erase([ANN], AT)

    async def make() -> None:
        await first.ensure([ANN])

    second = Keyring(Overtaken(keys, make), lambda: [ONE])  # type: ignore[arg-type]  # the real collection but for its pace
    made = await of(second, ANN)

    assert opens(await of(first, ANN), seal(made.cipher, EVENT, b"Hello"))
    assert opens(await of(ring(keys), ANN), seal(made.cipher, EVENT, b"Hello"))


async def test_another_master_key_opens_nothing(keys: Keys) -> None:
    await ring(keys, ONE).hasher()
    await ring(keys, ONE).ensure([ANN])

    with pytest.raises(KeyringLocked, match="does not open"):
        await ring(keys, TWO).hasher()
    with pytest.raises(KeyringLocked, match="does not open"):
        await ring(keys, TWO).find([ANN])


# a new master key


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    write(tmp_path, MASTER, ONE)
    return tmp_path


def write(directory: Path, name: str, master: bytes) -> None:
    (directory / name).write_bytes(base64.b64encode(master))


def of_files(keys: Keys, directory: Path) -> Keyring:
    """The keyring of a process with these secrets."""
    return Keyring(keys, lambda: read_masters(directory))


async def wrap_all(keys: Keys, *masters: bytes) -> int:
    """What a rotation does: wraps every key with the first of the master keys."""
    wrapped: Sequence[Document] = await keys.find({"wrapped": {"$exists": True}}).to_list()
    return await rewrap(keys, wrapped, MasterKeys(lambda: masters))


async def test_a_process_that_meets_a_key_of_a_new_master_key_reads_the_secrets_again(
    keys: Keys, secrets: Path
) -> None:
    one, other = of_files(keys, secrets), of_files(keys, secrets)
    await one.hasher()
    sealed = seal((await of(one, ANN)).cipher, EVENT, b"Hello")
    write(secrets, NEXT, TWO)
    await wrap_all(keys, TWO, ONE)

    assert opens(await of(other, ANN), sealed)


async def test_a_new_key_is_wrapped_with_the_master_key_that_a_rotation_brought(keys: Keys, secrets: Path) -> None:
    process = of_files(keys, secrets)
    await process.hasher()
    await process.ensure([ANN])
    write(secrets, NEXT, TWO)
    await wrap_all(keys, TWO, ONE)

    # No look is due yet: what the process reads back with its new key tells it.
    sealed = seal((await of(process, BOB)).cipher, EVENT, b"Hello")

    assert opens(await of(ring(keys, TWO), BOB), sealed)
    assert await wrap_all(keys, TWO, ONE) == 0


async def test_a_next_master_key_that_no_rotation_uses_yet_wraps_nothing(keys: Keys, secrets: Path) -> None:
    write(secrets, NEXT, TWO)
    process = of_files(keys, secrets)
    await process.hasher()

    await process.ensure([ANN])

    assert (await ring(keys, ONE).find([ANN])).keys() == {ANN}


async def test_a_rotation_brings_back_no_key_that_was_erased_meanwhile(keys: Keys) -> None:
    keyring = ring(keys)
    await keyring.ensure([ANN, BOB])
    read = await keys.find({"wrapped": {"$exists": True}}).to_list()
    await keyring.erase([ANN], AT)

    await rewrap(keys, read, MasterKeys(lambda: [TWO, ONE]))

    assert (await ring(keys, TWO).find([ANN, BOB])).keys() == {BOB}


async def test_a_key_under_another_name_does_not_open(keys: Keys) -> None:
    await ring(keys).ensure([ANN])
    moved = await keys.find_one({"_id": ANN})
    assert moved is not None
    await keys.insert_one(moved | {"_id": BOB})

    with pytest.raises(KeyringLocked):
        await ring(keys).find([BOB])


def test_a_master_key_wraps_every_key_differently_each_time() -> None:
    masters = MasterKeys(lambda: [ONE])
    key = AESGCM.generate_key(256)

    assert masters.wrap(ANN, key) != masters.wrap(ANN, key)
    assert masters.unwrap({"_id": ANN, "wrapped": masters.wrap(ANN, key)}) == key
