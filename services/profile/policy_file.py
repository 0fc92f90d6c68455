"""The policy as YAML. What it does not name stays as the hub has it; kinds of identities are added to the hub's own."""

from dataclasses import replace
from pathlib import Path
from re import error as WrongPattern  # noqa: N812 (the module's name for it says nothing)
from typing import Any

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from services.profile.domain.policy import Policy
from services.profile.domain.rules import Classifier, Rules
from shared.contracts.codec import explain

_policy: TypeAdapter[Policy] = TypeAdapter(with_config(ConfigDict(extra="forbid"))(Policy))


def read_policy(given: object) -> Policy:
    """The policy in the file with this path; the hub's own without one. ValueError says what is wrong."""
    if isinstance(given, Policy):
        return given
    if not given:
        return Policy()
    path = Path(str(given))
    try:
        return policy_of(yaml.safe_load(path.read_text("utf-8")) or {})
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no YAML: {str(error).splitlines()[0]}") from error


def policy_of(document: Any) -> Policy:  # noqa: ANN401 (whatever the YAML holds)
    """The policy that a parsed file describes; ValueError names the field that is wrong."""
    try:
        policy = _policy.validate_python(document)
    except ValidationError as error:
        raise ValueError(explain(error)) from error
    kinds = {**Rules().kinds, **policy.identities.kinds}
    policy = replace(policy, identities=replace(policy.identities, kinds=kinds))
    try:
        Classifier(policy.identities)
    except WrongPattern as error:
        raise ValueError(f"identities: {error.pattern!r} is no regular expression ({error})") from error
    return policy
