"""`hub triage`: a configuration file's rules, tried on examples."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from deploy.local.apply import SAMPLE
from deploy.local.cli import app
from deploy.local.errors import WrongSetting

EXAMPLES = SAMPLE.with_name("sample-examples.yaml")

WEEK = {"monday": ["08:00-12:00"]}
CONFIGURATION: dict[str, Any] = {
    "pools": {"main": {"name": "Main"}, "other": {"name": "Other"}},
    "calendars": {"office": {"pool": "main", "name": "Office", "time_zone": "Europe/Berlin", "week": WEEK}},
    "skills": {"law": {"name": "Law"}},
    "queues": {
        "complaints": {
            "pool": "main",
            "name": "Complaints",
            "rank": 1,
            "skills": {"law": 2},
            "rules": [
                {"words": ["refund"], "segment": "gold", "kind": "complaint", "priority": 2, "skills": {"law": 4}},
                {"channel": "email", "open_ticket": "queue"},
            ],
        },
        "billing": {"pool": "other", "name": "Billing", "rank": 2, "rules": [{"channel": "phone", "ivr": "2"}]},
        "replies": {"pool": "other", "name": "Replies", "rank": 3, "rules": [{"conversation": "known"}]},
        "calls": {"pool": "main", "name": "Calls", "rules": [{"channel": "phone"}]},
        "late": {
            "pool": "main",
            "name": "Late",
            "calendar": "office",
            "rules": [{"channel": "chat", "hours": "closed"}],
        },
    },
    "agents": {"ann": {"pool": "main", "name": "Ann", "skills": ["law", "german"]}},
}
RIGHT: list[dict[str, Any]] = [
    {
        "when": {"channel": "email", "subject": "REFUND!", "segment": "Gold", "skills": ["german", "klingon"]},
        "then": {
            "queue": "complaints",
            "by": "rule-1",
            "priority": 2,
            "skills": {"law": 4, "german": 1},
            "kind": "complaint",
        },
    },
    {"when": {"channel": "email", "text": "Refund?", "segment": "tin"}, "then": {"queue": None}},
    {
        "when": {"channel": "email", "open_tickets": ["complaints"], "priority": 9},
        "then": {"by": "rule-2", "priority": 9},
    },
    {"when": {"channel": "phone", "ivr": "2"}, "then": {"queue": "billing", "skills": []}},
    {"when": {"channel": "phone"}, "then": {"queue": "calls", "by": "rule-1"}},
    {"when": {"channel": "chat", "known_in": "billing"}, "then": {"queue": "replies"}},
    {"when": {"channel": "chat", "at": "2026-11-23T12:00:00+01:00"}, "then": {"queue": "late", "by": "rule-1"}},
    {"when": {"channel": "chat", "at": "2026-11-23T11:59:59+01:00"}, "then": {"queue": None}},
]


def run(directory: Path, examples: object, configuration: object = CONFIGURATION) -> Result:
    config, tried = directory / "config.yaml", directory / "examples.yaml"
    config.write_text(yaml.safe_dump(configuration), "utf-8")
    tried.write_text(yaml.safe_dump(examples), "utf-8")
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["triage", str(config), str(tried)])


def test_the_sample_does_what_its_examples_say_and_they_reach_every_rule() -> None:
    result = CliRunner().invoke(app, ["triage", str(SAMPLE), str(EXAMPLES)])
    assert result.exit_code == 0, result.output
    assert "11 of 11 examples are right." in result.output
    assert "No example reaches" not in result.output


def test_hints_rules_and_queues_come_together_as_in_the_service(tmp_path: Path) -> None:
    result = run(tmp_path, RIGHT)
    assert (result.exit_code, "8 of 8 examples are right." in result.output) == (0, True), result.output


def test_a_wrong_example_is_shown_with_what_was_decided_instead(tmp_path: Path) -> None:
    wrong = {
        "name": "a call",
        "when": {"channel": "phone"},
        "then": {"queue": "billing", "by": "rule-1", "kind": "order"},
    }
    result = run(tmp_path, [*RIGHT, wrong])
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if "a call" in line]
    assert "✗" in line
    assert "queue: calls" in result.output
    assert "kind: request" in result.output
    assert "8 of 9 examples are right." in result.output


def test_rules_that_no_example_reaches_are_named(tmp_path: Path) -> None:
    result = run(tmp_path, RIGHT[3:5])
    assert result.exit_code == 0
    assert [line for line in result.output.splitlines() if line.startswith("No example")] == [
        "No example reaches rule 1 of complaints.",
        "No example reaches rule 2 of complaints.",
        "No example reaches rule 1 of replies.",
        "No example reaches rule 1 of late.",
    ]


def test_a_rule_that_would_never_decide_is_wrong_whatever_the_examples_say(tmp_path: Path) -> None:
    queues = CONFIGURATION["queues"] | {
        "last": {"pool": "main", "name": "Last", "rank": 9, "rules": [{"channel": "phone"}]}
    }
    result = run(tmp_path, RIGHT, CONFIGURATION | {"queues": queues})
    assert result.exit_code == 1
    expected = "Rule 1 of last would never decide: rule 1 of calls takes everything that it would."
    assert expected in result.output


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([], "holds no examples"),
        ({"when": {}}, "holds no examples"),
        ([{"when": {"channel": "email"}, "then": {}}], "example 1.then: .*give at least one of queue"),
        ([{"when": {"chanel": "email"}, "then": {"queue": "calls"}}], "example 1.when.channel"),
        ([*RIGHT, {"when": {"channel": "email", "at": "noon"}, "then": {"queue": "calls"}}], "example 9.when.at"),
        (
            [{"when": {"channel": "email", "at": "2026-01-01T10:00:00"}, "then": {"queue": "calls"}}],
            "example 1.when.at",
        ),
        ([{"when": {"channel": "email", "open_tickets": ["nowhere"]}, "then": {"queue": "calls"}}], "queue 'nowhere'"),
        ([{"when": {"channel": "email", "known_in": "nowhere"}, "then": {"queue": "calls"}}], "queue 'nowhere'"),
    ],
)
def test_examples_that_are_not_as_they_should_be_are_refused_with_the_place(
    tmp_path: Path,
    examples: object,
    message: str,
) -> None:
    result = run(tmp_path, examples)
    assert isinstance(result.exception, WrongSetting)
    assert result.exception.exit_code == 2
    with pytest.raises(WrongSetting, match=message):
        raise result.exception


def test_a_configuration_that_is_not_as_it_should_be_is_refused_with_the_place(tmp_path: Path) -> None:
    queues = {"sales": {"pool": "main", "name": "Sales", "rules": [{"chanel": "email"}]}}
    result = run(tmp_path, RIGHT, {"queues": queues})
    assert isinstance(result.exception, WrongSetting)
    assert "queues.sales.rules.0.chanel: There is no such field" in str(result.exception)
    calendars = {"office": CONFIGURATION["calendars"]["office"] | {"week": {"monday": ["12:00-08:00"]}}}
    result = run(tmp_path, RIGHT, CONFIGURATION | {"calendars": calendars})
    assert isinstance(result.exception, WrongSetting)
    assert "calendars.office.week.monday.0" in str(result.exception)
    result = run(tmp_path, RIGHT, CONFIGURATION | {"calendars": {}})
    assert isinstance(result.exception, WrongSetting)
    assert "the calendar 'office'" in str(result.exception)


def test_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["triage", str(SAMPLE), str(tmp_path / "none.yaml")])
    assert isinstance(result.exception, WrongSetting)
