"""Examples for `hub triage`: what comes in, and what is to become of it."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from deploy.local.errors import WrongSetting
from services.routing.domain.configuration import LEAST, Rank, Skills
from services.routing.upcasting import levels
from shared.contracts.tickets import Kind
from shared.contracts.values import Channel, Name


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Given):
    """What comes in. queue, skills, priority: hints of the channel. at: without it, business hours count as open.

    open_tickets: queues in which the customer has open tickets. known_in: the queue of the conversation's first ticket.
    """

    channel: Channel
    address: Name | None = None
    language: str | None = None
    subject: str = ""
    text: str = ""
    segment: Name | None = None
    ivr: Name | None = None
    at: AwareDatetime | None = None
    open_tickets: tuple[Name, ...] = ()
    known_in: Name | None = None
    queue: Name | None = None
    skills: tuple[Name, ...] = ()
    priority: Rank | None = None


class Then(_Given):
    """What is to become of it: whatever is given has to be so. queue: null where no queue takes it."""

    queue: Name | None = None
    by: Name | None = None
    priority: int | None = None
    skills: Annotated[Skills, BeforeValidator(partial(levels, level=LEAST))] = {}
    kind: Kind = "request"

    @model_validator(mode="after")
    def _says_something(self) -> "Then":
        if not self.model_fields_set:
            raise ValueError(f"give at least one of {', '.join(type(self).model_fields)}")
        return self

    def expected(self) -> dict[str, Any]:
        """What is given."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


class Example(_Given):
    """name: for people; without it, it is called by what comes in."""

    name: str | None = None
    when: When
    then: Then


def read_examples(file: Path) -> list[Example]:
    """The examples of a file. WrongSetting when it holds none, or one is not as it should be."""
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WrongSetting(f"{file} cannot be read as YAML: {error}") from error
    if not isinstance(content, list) or not content:
        raise WrongSetting(f"{file} holds no examples; it needs a list of {{when: {{…}}, then: {{…}}}}.")
    return [_example(item, file, number) for number, item in enumerate(content, 1)]


def _example(content: object, file: Path, number: int) -> Example:
    try:
        return Example.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(("", *map(str, first["loc"])))
        raise WrongSetting(f"{file}: example {number}{place}: {first['msg']}") from error
