"""What is counted of interactions: how many there were in each second, and the answers to surveys.

An interaction is something that the customer or the contact centre said, or a call that began; docs/kpis.md says what
is none, and why. The same event may be told more than once, even with another time, since a source that gives none gets
the one at which it is taken in. It counts once, at the earliest, whatever comes first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, get_args

from services.metrics.domain.figures import Booking
from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.windows import MICROSECONDS, moment_of, second_of
from shared.contracts.interactions import CallStarted, Custom, MessageReceived, MessageSent, PostPublished
from shared.contracts.interactions import SealedInteraction as Event
from shared.contracts.values import Direction

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
_SAID = (MessageReceived, MessageSent, CallStarted, PostPublished)
_A_MINUTE = 60

Place = tuple[int, str, Direction]
"""Where an interaction counts: the second, the channel, the direction."""


def place_of(event: Event) -> Place | None:
    """Where the event counts; None if it is no interaction, or if no person wrote it."""
    if not isinstance(event, _SAID) or getattr(event.data, "automatic", False):
        return None
    return second_of(moment_of(event.time)), event.data.channel, event.data.direction


@dataclass(frozen=True, slots=True)
class Minute:
    """The interactions of a channel in minute `number` since 1970, as far as one partition knows of them.

    counts: how many, by direction and by second of the minute. The minute holds the seconds (60 · number, 60 · number
    + 60], so it lies within one quarter of an hour.
    """

    number: int
    channel: str
    counts: Mapping[Direction, Mapping[int, int]]

    @property
    def last(self) -> int:
        """The moment at which it ends."""
        return (self.number + 1) * _A_MINUTE * MICROSECONDS

    def bookings(self) -> Iterator[Booking]:
        """How many there were in each second, by direction."""
        for direction, seconds in self.counts.items():
            for second, count in seconds.items():
                if count:
                    moment = (self.number * _A_MINUTE + 1 + second) * MICROSECONDS
                    yield f"interactions_{direction}", moment, count


def minute_of(second: int) -> tuple[int, int]:
    """The minute that a second lies in, and which second of it this is, from 0."""
    return divmod(second - 1, _A_MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Answer:
    """The answer to a survey. at: microseconds since 1970. event: its id, which says nothing of who gave it.

    queue, agent, ticket: what it is about, as whoever asked has told; "" where that was not told.
    """

    at: int
    event: str
    channel: str
    score: float
    best: float
    queue: str = ""
    agent: str = ""
    ticket: str = ""

    def bookings(self) -> Iterator[Booking]:
        """The answer, its share of the best score in millionths, and whether it is one of the two best scores."""
        yield "satisfaction_answers", self.at, 1
        yield "rated", self.at, round(self.score / self.best * MICROSECONDS)
        if self.score > 0 and self.score >= self.best - 1:
            yield "rated_top", self.at, 1


def answer_of(event: Event) -> Answer | None:
    """The answer that the event tells in the clear, if it does."""
    if not isinstance(event, Custom) or (rating := event.data.rating) is None or rating.score > rating.best:
        return None
    data = event.data
    return Answer(
        event=event.id,
        at=moment_of(event.time),
        channel=data.channel,
        score=rating.score,
        best=rating.best,
        queue=data.queue or "",
        agent=data.agent or "",
        ticket=data.ticket or "",
    )


@dataclass(frozen=True, slots=True)
class Heard:
    """What events tell, in their order. places: of the interactions among them, each with its event's id."""

    places: Sequence[tuple[str, Place]]
    answers: Sequence[Answer]

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """What of the events is counted."""
        places: list[tuple[str, Place]] = []
        answers: list[Answer] = []
        for event in events:
            if (place := place_of(event)) is not None:
                places.append((event.id, place))
            elif (answer := answer_of(event)) is not None:
                answers.append(answer)
        return cls(places, answers)


@dataclass(slots=True, kw_only=True)
class Known:
    """What is known of some events by their ids: where each counts, or which answer it is."""

    places: dict[str, Place] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Counted(Known):
    """What is heard adds to what was known. counts: by how much the interactions at a place become more, or less.

    quarters: in which figures change, with the ids of the events behind it.
    """

    counts: Counter[Place] = field(default_factory=Counter)
    quarters: dict[int, list[str]] = field(default_factory=dict)

    def count(self, heard: Heard, known: Known) -> None:
        """Counts what is heard. known: of its events those that were counted before; they are known afterwards."""
        for event, place in heard.places:
            before = known.places.get(event)
            if before is None or place < before:
                if before is not None:
                    self.counts[before] -= 1
                    self._change(before[0] * MICROSECONDS, event)
                self.counts[place] += 1
                self._change(place[0] * MICROSECONDS, event)
                self.places[event] = known.places[event] = place
        for answer in heard.answers:
            earlier = known.answers.get(answer.event)
            if earlier is None or answer < earlier:
                if earlier is not None:
                    self._change(earlier.at, answer.event)
                self._change(answer.at, answer.event)
                self.answers[answer.event] = known.answers[answer.event] = answer

    def _change(self, moment: int, event: str) -> None:
        self.quarters.setdefault(quarter_of(moment), []).append(event)
