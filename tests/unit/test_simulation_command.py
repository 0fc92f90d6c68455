"""`hub demo` before it plays: its options, and what it says when they cannot work."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local.cli import app, main


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--duration", "soon"), "'soon' is not a time"),
        (("--rate", "0"), "--rate 0 does not work; give a number above 0."),
        (("--speed", "-1"), "--speed -1 does not work"),
        (("--speed", "nan"), "--speed nan does not work"),
        (("--from", "25:00"), "'25:00' is not a time of day; give one such as 09:30."),
        (("--from", "noon"), "'noon' is not a time of day"),
    ],
)
def test_a_wrong_option_is_one_sentence_and_exit_code_2(
    options: tuple[str, str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["hub", "demo", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_help_names_every_option_and_the_exit_codes() -> None:
    text = CliRunner().invoke(app, ["demo", "--help"], env={"COLUMNS": "100", "TERM": "dumb"}).stdout
    for expected in ("--rate", "--seed", "--duration", "--speed", "--from", "Exit codes"):
        assert expected in text
