"""A service reads its two secrets from files, or says which one is wrong and what makes it."""

import base64
from pathlib import Path

import pytest

from shared.secrets import MissingSecret, read_masters, read_secrets

ONE, TWO, THREE = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "jwt.key").write_bytes(base64.b64encode(ONE))
    (tmp_path / "master.key").write_bytes(base64.b64encode(TWO) + b"\n")
    return tmp_path


def test_secrets_are_32_bytes_in_base64(directory: Path) -> None:
    secrets = read_secrets(directory)
    assert (secrets.jwt, secrets.master) == (ONE, TWO)


@pytest.mark.parametrize("name", ["jwt.key", "master.key"])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "is missing"),
        (b"", "holds 0 bytes instead of 32"),
        (base64.b64encode(bytes(16)), "holds 16 bytes instead of 32"),
        (b"!!!", "is not base64"),
        (b"\xff\xfe", "is not base64"),
    ],
)
def test_a_secret_that_cannot_work_says_which_and_why(
    directory: Path, name: str, content: bytes | None, why: str
) -> None:
    (directory / name).unlink() if content is None else (directory / name).write_bytes(content)
    with pytest.raises(MissingSecret, match=rf"{name} {why}\. `hub up` makes it"):
        read_secrets(directory)


def test_the_master_keys_of_a_rotation_come_after_the_one_in_use(directory: Path) -> None:
    assert read_masters(directory) == (TWO,)
    (directory / "master.key.previous").write_bytes(base64.b64encode(THREE))
    assert read_masters(directory) == (TWO, THREE)
    (directory / "master.key.next").write_bytes(base64.b64encode(ONE))
    assert read_masters(directory) == (TWO, ONE, THREE)


@pytest.mark.parametrize(
    ("name", "content"), [("master.key", None), ("master.key.next", b"!"), ("master.key.previous", b"")]
)
def test_a_master_key_of_a_rotation_that_cannot_work_says_so(directory: Path, name: str, content: bytes | None) -> None:
    (directory / name).unlink() if content is None else (directory / name).write_bytes(content)
    with pytest.raises(MissingSecret, match=name):
        read_masters(directory)


def test_secrets_do_not_show_themselves(directory: Path) -> None:
    secrets = read_secrets(directory)
    assert repr(ONE) not in repr(secrets)
    assert repr(TWO) not in repr(secrets)
