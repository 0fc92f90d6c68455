"""What `hub apply` says a file would change: what does, all of it, and nothing else."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.configuration import SECTIONS, read_documents
from deploy.local.difference_lines import lines
from deploy.local.differences import NOTHING, Change, changes, difference

Json = dict[str, Any]


def told(tmp_path: Path, section: str, fields: Json, now: Json | None) -> list[str]:
    """The lines about one document `it`. now: its fields as the service shows them."""
    file = tmp_path / "hub.yaml"
    file.write_text(yaml.safe_dump({section: {"it": fields}}))
    (document,) = read_documents(file)
    known = None if now is None else SECTIONS[section].configured(now)
    return [line.plain for line in lines([difference(document, known)])]


GIVEN: Json = {"pool": "main", "name": "Sales", "rules": [{"channel": "chat"}], "skills": ["sales"]}
QUEUE: Json = {"id": "it", **SECTIONS["queues"].whole({**GIVEN, "skills": {"sales": 1}})}


def test_what_is_as_the_file_says_is_only_counted_whatever_the_service_adds(tmp_path: Path) -> None:
    assert told(tmp_path, "queues", GIVEN, QUEUE) == ["0 new, 0 changed, 1 unchanged"]


def test_targets_of_a_queue_are_compared_one_by_one_with_their_defaults(tmp_path: Path) -> None:
    given = {**GIVEN, "targets": {"first_response_s": 60}}
    now = {**QUEUE, **SECTIONS["queues"].whole(given), "skills": {"sales": 1}}
    assert told(tmp_path, "queues", given, now) == ["0 new, 0 changed, 1 unchanged"]
    wanted = {**given, "targets": {"first_response_s": 90}}
    assert told(tmp_path, "queues", wanted, now)[2:-1] == ["      targets.first_response_s: 60 → 90"]


def test_a_new_document_is_shown_with_what_the_file_says_of_it(tmp_path: Path) -> None:
    assert told(tmp_path, "targets", {"service_level": 0.8, "threshold_s": 20}, None) == [
        "targets",
        "  + it",
        "      service_level: 0.8",
        "      threshold_s: 20",
        "1 new, 0 changed, 0 unchanged",
    ]


def test_a_changed_field_is_shown_as_it_is_and_as_it_would_be_down_to_the_key(tmp_path: Path) -> None:
    now = SECTIONS["pools"].whole({"name": "Main", "channels": {"social": {"units": 2}, "sms": {"units": 2}}})
    wanted = {"name": "Main hall", "channels": {"social": {"units": "all"}, "web": {"units": 1}}}
    heading, document, *fields, counts = told(tmp_path, "pools", wanted, {"id": "it", **now})
    assert (heading, document, counts) == ("pools", "  ~ it", "0 new, 1 changed, 0 unchanged")
    name, social, gone, new = fields
    assert (name, social) == ("      name: Main → Main hall", "      channels.social.units: 2 → all")
    assert gone.startswith("      channels.sms: - {units: 2, ")
    assert new.startswith("      channels.web: + {units: 1, ")


def test_what_a_list_loses_and_gains_is_shown_item_by_item(tmp_path: Path) -> None:
    rules = [{"channel": "phone", "address": "+493023125100"}]
    assert told(tmp_path, "queues", {**GIVEN, "rules": rules}, QUEUE)[2:-1] == [
        "      rules:",
        "        - {channel: chat}",
        "        + {channel: phone, address: '+493023125100'}",
    ]


def test_a_list_in_another_order_is_shown_as_a_whole(tmp_path: Path) -> None:
    chat, web = {"channel": "chat"}, {"channel": "web"}
    now = {**QUEUE, **SECTIONS["queues"].whole({**GIVEN, "rules": [chat, web]})}
    assert told(tmp_path, "queues", {**GIVEN, "rules": [web, chat]}, now)[2:-1] == [
        "      rules: [{channel: chat}, {channel: web}] → [{channel: web}, {channel: chat}]"
    ]


def test_a_field_that_the_file_leaves_out_is_reset_and_that_is_said(tmp_path: Path) -> None:
    now = {**QUEUE, "threshold_s": 60.0, "skills": {"sales": 1, "german": 3}}
    assert told(tmp_path, "queues", {key: GIVEN[key] for key in ("pool", "name", "rules")}, now)[2:-1] == [
        "      skills.sales: - 1 (left out of the file, so the default)",
        "      skills.german: - 3 (left out of the file, so the default)",
        "      threshold_s: 60 → 20 (left out of the file, so the default)",
    ]


def test_in_which_order_an_agents_queues_are_named_says_nothing(tmp_path: Path) -> None:
    now: Json = {
        "id": "it",
        "pool": "main",
        "name": "Ann",
        "skills": {},
        "queues": ["b", "a"],
        "units": None,
        "limits": {},
    }
    wanted = {"pool": "main", "name": "Ann", "queues": ["a", "b"]}
    assert told(tmp_path, "agents", wanted, {**now, "status": "offline", "tickets": []}) == [
        "0 new, 0 changed, 1 unchanged"
    ]
    assert told(tmp_path, "agents", {**wanted, "queues": ["a"]}, now)[2:-1] == ["      queues:", "        - b"]


def test_what_could_be_set_once_and_no_longer_can_is_shown_as_it_is(tmp_path: Path) -> None:
    assert told(tmp_path, "skills", {"name": "German"}, {"id": "it", "name": ""})[2:-1] == ["      name: '' → German"]


def test_no_value_can_write_on_the_screen(tmp_path: Path) -> None:
    shown = "\n".join(told(tmp_path, "skills", {"name": "A\x1b[2J\u202eB\nC"}, {"id": "it", "name": "\x9b31m"}))
    assert shown.isprintable() or set(filter(lambda one: not one.isprintable(), shown)) == {"\n"}
    assert shown.count("\n") == 3


_json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)
_fields = st.dictionaries(st.sampled_from("xyz"), _json, max_size=3)


def patched(before: Json, changed: list[Change]) -> Json:
    """What becomes of the fields by these changes."""
    after = deepcopy(before)
    for change in changed:
        *way, last = change.path
        place = after
        for key in way:
            place = place[key]
        assert place.pop(last, NOTHING) == change.before
        if change.after is not NOTHING:
            place[last] = change.after
    return after


@given(before=_fields, after=_fields)
def test_the_changes_lead_from_what_is_to_what_is_wanted(before: Json, after: Json) -> None:
    assert patched(before, list(changes(before, after))) == after


@given(before=_fields, after=_fields)
def test_nothing_that_stays_is_a_change(before: Json, after: Json) -> None:
    assert all(change.before != change.after for change in changes(before, after))
    assert list(changes(before, deepcopy(before))) == []


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_has_the_fields_that_its_service_takes_and_shows(name: str) -> None:
    section = SECTIONS[name]
    api = json.loads((Path(__file__).parents[2] / "docs" / "api" / f"{section.service}.openapi.json").read_text())

    def fields(schema: Json) -> set[str]:
        return set(api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"])

    (put,) = (ways["put"] for path, ways in api["paths"].items() if re.fullmatch(rf"/v1/{name}/{{\w+}}", path))
    body = put["requestBody"]["content"]["application/json"]["schema"]
    answer = put["responses"]["200"]["content"]["application/json"]["schema"]
    assert fields(body) == set(section.names)
    assert fields(answer) >= {section.key, *section.names}
