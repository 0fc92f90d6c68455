"""What a decider is: the pure core of a decision maker, free of clock, randomness and I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

S = TypeVar("S")
E = TypeVar("E")
C_contra = TypeVar("C_contra", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Generic[E]):
    """What a decider answers. refused: why not (a snake_case word), or None. result: what the requester is told."""

    events: tuple[E, ...] = ()
    refused: str | None = None
    result: dict[str, Any]


class Decider(Protocol[S, C_contra, E]):
    """The pure core: no clock, no randomness, no I/O; time and ids come with the command.

    The fold owns its state, so `evolve` may change it in place; it returns the state after the event.
    """

    def initial(self, stream: str) -> S: ...
    def decide(self, state: S, command: C_contra) -> Decision[E]: ...
    def evolve(self, state: S, event: E) -> S: ...

    def decide_some(self, state: S, commands: Iterable[C_contra]) -> Sequence[Decision[E]]:
        """The decisions of the first of the commands, or of several of the first where they are taken together.

        The state knows none of their events yet.
        """
        return (self.decide(state, next(iter(commands))),)
