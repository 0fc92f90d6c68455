"""Times that routing compares all the time have one zone, the same object, wherever they come from."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

import pytest

from services.routing.commands import RoutingCommand, codec
from services.routing.domain.commands import Command, EndContact, Ended, PendTicket
from shared.contracts.values import Moment, Time

COMMANDS: tuple[Any, ...] = get_args(Command)


def _kinds(hint: Any) -> Iterator[Any]:  # noqa: ANN401 (a type as a value)
    """The hint itself and all that it is made of, those of dataclasses' fields too."""
    yield hint
    parts = get_args(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        parts = tuple(hints[field.name] for field in fields(hint))
    for part in parts if hint not in (Time, Moment) else ():
        yield from _kinds(part)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_time_of_a_command_is_a_moment(command: type) -> None:
    assert not {Time, datetime} & {kind for kind in _kinds(command) if kind in (Time, datetime)}


def test_moments_are_read_in_the_one_zone_whatever_they_were_written_in() -> None:
    written = datetime.fromisoformat("2026-11-22T10:00:00.250+02:00")
    ended = EndContact(conversation="c", ended=Ended(at=written, reason="left"))

    read = codec.decode(codec.encode(RoutingCommand(id="1", pool="p", at=written, command=ended)))

    assert isinstance(read.command, EndContact)
    assert read.at == read.command.ended.at == written
    assert read.at.tzinfo is read.command.ended.at.tzinfo is UTC


def test_moments_are_cut_to_what_the_log_keeps() -> None:
    until = datetime.fromisoformat("2026-11-22T10:00:00.250999+00:00")
    pended = PendTicket(ticket="t", agent="ann", on="customer", until=until)

    read = codec.decode(codec.encode(RoutingCommand(id="1", pool="p", at=until, command=pended)))

    assert isinstance(read.command, PendTicket)
    assert read.command.until == datetime.fromisoformat("2026-11-22T10:00:00.250+00:00")
