"""The commands that need no server: tokens, secrets, configuration files, and the Makefile around them."""

import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local.apply import SAMPLE
from deploy.local.cli import app, main
from deploy.local.configuration import read_documents
from deploy.local.errors import ServerError, WrongSetting
from deploy.local.secret_files import NAMES, make_secrets
from deploy.local.tokens import local_token, role_named, time_span
from shared.auth import verify
from shared.secrets import read_secrets

ROOT = Path(__file__).parents[2]


def test_the_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets")
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert [stat.S_IMODE((tmp_path / "secrets" / name).stat().st_mode) for name in NAMES] == [0o600, 0o600]


def test_secrets_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    before = read_secrets(tmp_path)
    make_secrets(tmp_path)
    assert read_secrets(tmp_path) == before


def test_two_hubs_have_different_secrets(tmp_path: Path) -> None:
    make_secrets(tmp_path / "one")
    make_secrets(tmp_path / "two")
    assert read_secrets(tmp_path / "one") != read_secrets(tmp_path / "two")


def test_a_minted_token_is_what_the_services_accept(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    token = local_token(tmp_path, "agent", "ann", timedelta(minutes=1))
    principal = verify(read_secrets(tmp_path).jwt, token)
    assert (principal.subject, principal.role) == ("ann", "agent")


def test_without_secrets_a_token_is_refused_with_what_makes_them(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="hub up"):
        local_token(tmp_path, "agent", "ann", timedelta(minutes=1))


def test_token_prints_the_token_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    make_secrets(tmp_path / "secrets")
    result = CliRunner().invoke(app, ["token", "--role", "ops", "--ttl", "5m"])
    assert verify(read_secrets(tmp_path / "secrets").jwt, result.stdout.rstrip("\n")).subject == "ops"


@pytest.mark.parametrize(
    ("words", "seconds"), [("90s", 90), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800), (" 1h ", 3_600)]
)
def test_a_time_is_a_number_and_a_unit(words: str, seconds: int) -> None:
    assert time_span(words).total_seconds() == seconds


@pytest.mark.parametrize("words", ["", "12", "h", "-1h", "0s", "1.5h", "1w", "9999999d"])
def test_anything_else_is_not_a_time(words: str) -> None:
    with pytest.raises(WrongSetting, match="such as 12h"):
        time_span(words)


def test_an_unknown_role_is_refused_with_those_there_are() -> None:
    with pytest.raises(WrongSetting, match="agent, supervisor, admin, channel, ops"):
        role_named("boss")


def test_a_wrong_setting_is_one_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_PORT_BASE", "many")
    monkeypatch.setattr("sys.argv", ["hub", "up"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert (
        capsys.readouterr().err == "HUB_PORT_BASE=many does not work: give a number from 1024 to 65442, such as 8000.\n"
    )


def test_every_command_says_what_it_does() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        assert command.callback.__doc__, command.callback.__name__


def test_documents_are_read_in_the_order_they_depend_on_each_other(tmp_path: Path) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text(
        "targets: {sales: {service_level: 0.8}}\nqueues: {sales: {pool: p, name: S}}\npools: {p: {name: P}}\n"
        "agents: {7: {pool: p, name: A}}\n"
    )
    documents = read_documents(file)
    assert [document.path for document in documents] == [
        "/v1/pools/p",
        "/v1/queues/sales",
        "/v1/agents/7",
        "/v1/targets/sales",
    ]
    assert [document.service for document in documents] == ["routing", "routing", "routing", "metrics"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("queues: [", "cannot be read as YAML"),
        ("", "holds no configuration"),
        ("- sales", "holds no configuration"),
        ("queue: {sales: {}}", "unknown section 'queue'"),
        ("queues: [sales]", "queues must map ids to fields"),
        ("queues: {sales: 3}", "queues.sales must have fields"),
        ("skills: {a: {name: A, colour: red}}", "skills.a.colour: There is no such field; there are name"),
        ("pools: {p: {name: P, channels: {chat: {unit: 2}}}}", "pools.p.channels.chat.unit: There is no such field"),
        ("queues: {sales: {name: S}}", "queues.sales.pool: Field required"),
        ("targets: {sales: {service_level: 80}}", "targets.sales.service_level: .* less than or equal to 1"),
        ("agents: {ann: {pool: p, name: A, skills: {german: 9}}}", "agents.ann.skills.german: "),
        ("skills: {a: {name: !!set {A, B}}}", "skills.a: has something that JSON has not"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text(content)
    with pytest.raises(WrongSetting, match=complaint):
        read_documents(file)


def test_everything_that_is_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text("skills: {a: {}, b: {name: B}}\npools: {p: {name: P, units: lots, size: 3}}\n")
    with pytest.raises(WrongSetting) as refused:
        read_documents(file)
    heading, *fields = str(refused.value).splitlines()
    assert "nothing of it was applied" in heading
    assert [field.strip().partition(":")[0] for field in fields] == ["pools.p.units", "pools.p.size", "skills.a.name"]


def test_a_file_that_is_not_there_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"nowhere\.yaml"):
        read_documents(tmp_path / "nowhere.yaml")


def test_the_sample_has_one_pool_four_queues_and_eight_agents() -> None:
    sections = [document.section for document in read_documents(SAMPLE)]
    assert [sections.count(section) for section in ("pools", "queues", "agents")] == [1, 4, 8]


def test_make_alone_lists_every_target_that_a_person_calls() -> None:
    command = ["/usr/bin/env", "make", "-C", str(ROOT)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    phony = {line.split()[1] for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:")}
    parts_of_others = {"help", "lint-and-types", "quick-tests"}
    assert [target for target in sorted(phony - parts_of_others) if f"\n  {target} " not in listed] == []
