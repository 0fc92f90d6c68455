"""What an identity is by the rules of the hub, and by an organisation's own."""

from pathlib import Path

import pytest

from services.profile.domain.policy import Policy
from services.profile.domain.rules import Classifier, Rules
from services.profile.policy_file import policy_of, read_policy

STANDARD = Classifier(Rules())


@pytest.mark.parametrize(
    ("identity", "standing"),
    [
        ("email:ann@shop.example", "strong"),
        ("phone:+4915112345678", "strong"),
        ("telegram:4711", "strong"),
        ("webchat:v-1", "strong"),
        ("crm:C-1009", "unique"),
        ("login:ann", "unique"),
        ("name:Ann Example", "weak"),
        ("ip:192.0.2.1", "weak"),
        ("email:info@shop.example", "shared"),
        ("email:support+orders@shop.example", "shared"),
        ("email:informatics@shop.example", "strong"),
        ("webchat:null", "blocked"),
        ("crm:N/A", "blocked"),
        ("crm:0000", "blocked"),
        ("crm:-", "blocked"),
        ("sip:anonymous", "blocked"),
        ("email:anonymous@shop.example", "blocked"),
        ("email:john.doe@example.com", "blocked"),
        ("phone:+4900000000", "blocked"),
        ("phone:+49111111111", "blocked"),
        ("phone:+1234567890", "blocked"),
        ("call:CA0123456789abcdef", "strong"),
    ],
)
def test_the_standing_of_an_identity(identity: str, standing: str) -> None:
    assert STANDARD.side(identity).standing == standing


def test_an_organisation_adds_its_own_kinds_and_switchboards() -> None:
    policy = policy_of(
        {
            "identities": {
                "kinds": {"loyalty": {"standing": "unique"}, "phone": {"most": 3}},
                "shared": [r"phone:\+493012345\d*"],
                "shared_from": 3,
            },
            "retention": {"chat": 365},
        }
    )
    side = Classifier(policy.identities).side
    assert side("loyalty:7").standing == side("crm:7").standing == "unique"
    assert side("phone:+49301234500").standing == "shared"
    assert policy.identities.limits.most_of_kind["phone"] == 3
    assert policy.identities.limits.shared_from == 3
    assert policy.retention == {"chat": 365}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("identities: {blocked: ['(']}", "is no regular expression"),
        ("identities: {kinds: {crm: {standing: special}}}", "identities.kinds.crm.standing"),
        ("colours: red", "colours"),
        ("identities: {colour: red}", "identities.colour"),
        ("a: b: c", "is no YAML"),
    ],
)
def test_a_wrong_policy_is_refused_with_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=complaint):
        read_policy(str(path))


def test_without_a_file_the_hub_has_its_own_policy(tmp_path: Path) -> None:
    assert read_policy("") == read_policy(None) == Policy()
    with pytest.raises(ValueError, match="cannot be read"):
        read_policy(str(tmp_path / "nowhere.yaml"))
