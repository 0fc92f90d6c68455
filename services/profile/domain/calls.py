"""A call as one thing: who spoke when, how long it was held, what was chosen, recorded and left.

Times are the events' own. Where clocks disagree and an end comes before its beginning, the time between is 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from services.profile.domain.moments import in_order
from services.profile.domain.timeline import Entry

_CALLBACK = "hub.callback.requested.v1"

CallState = Literal["ringing", "connected", "on_hold", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A time on hold; ended: None while it lasts."""

    began: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The time with one agent (None: nobody told who). Seconds count what is over."""

    agent: str | None
    began: datetime
    ended: datetime | None = None
    holds: tuple[Hold, ...] = ()
    talk_seconds: float | None = None
    hold_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the caller chose in a menu."""

    time: datetime
    choice: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """What the caller left. recording: its link as it was given. text: what was said, if somebody wrote it down."""

    time: datetime
    recording: str | None = None
    text: str | None = None
    duration: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """duration: seconds from answer to end, as the provider told or else as the events' times say.

    answered: None if nobody did. wait_seconds: from the beginning to the answer, or to the end without one.
    talk_seconds, hold_seconds: of all legs, once the call has ended. recording, transcript: as given, the last ones.
    callback: when the caller asked to be called back.
    """

    state: CallState
    answered: datetime | None = None
    ended: datetime | None = None
    reason: str | None = None
    duration: float | None = None
    wait_seconds: float | None = None
    talk_seconds: float | None = None
    hold_seconds: float | None = None
    legs: tuple[Leg, ...] = ()
    choices: tuple[Choice, ...] = ()
    voicemails: tuple[Voicemail, ...] = ()
    recording: str | None = None
    transcript: str | None = None
    callback: datetime | None = None


@dataclass(slots=True)
class _Line:
    """The call while its moments are followed."""

    legs: list[Leg] = field(default_factory=list)
    answered: datetime | None = None

    def answer(self, agent: str | None, at: datetime) -> None:
        self.answered = self.answered or at
        leg = self.legs[-1] if self.legs else None
        if leg is None or leg.ended is not None or (agent and leg.agent and leg.agent != agent):
            self.hand_over(agent, at)
        elif leg.agent is None:
            self.legs[-1] = replace(leg, agent=agent)

    def hand_over(self, agent: str | None, at: datetime) -> None:
        self.close(at)
        self.legs.append(Leg(agent=agent, began=at))

    def hold(self, at: datetime) -> None:
        if self.legs and self.legs[-1].ended is None and not _is_held(self.legs[-1]):
            self.legs[-1] = replace(self.legs[-1], holds=(*self.legs[-1].holds, Hold(began=at)))

    def resume(self, at: datetime) -> None:
        if self.legs and _is_held(self.legs[-1]):
            self.legs[-1] = _resumed(self.legs[-1], at)

    def close(self, at: datetime) -> None:
        if self.legs and self.legs[-1].ended is None:
            leg = _resumed(self.legs[-1], at) if _is_held(self.legs[-1]) else self.legs[-1]
            talk = max(0.0, _seconds(leg.began, at) - leg.hold_seconds)
            self.legs[-1] = replace(leg, ended=max(at, leg.began), talk_seconds=talk)


def call(head: Entry, parts: Sequence[Entry]) -> Call:
    """The call that began with `head`."""
    if not parts:
        return Call(state="ringing", recording=_last((head,), "recording"), transcript=_last((head,), "text"))
    moments = in_order((head, *parts))
    ends = [moment for moment in moments if moment["type"] == "hub.call.ended.v1"]
    ended = ends[-1]["at"] if ends else None
    line = _Line()
    for moment in moments:
        _follow(line, moment)
    state = _state(line)
    if ended:
        line.close(ended)
        state = "ended"
    until = line.answered or ended
    return Call(
        state=state,
        answered=line.answered,
        ended=ended,
        reason=_last_fact(ends, "reason"),
        duration=_duration(line, ends, ended),
        wait_seconds=_seconds(head["at"], until) if until else None,
        talk_seconds=sum(leg.talk_seconds or 0.0 for leg in line.legs) if ended else None,
        hold_seconds=sum(leg.hold_seconds for leg in line.legs) if ended else None,
        legs=tuple(line.legs),
        choices=tuple(_choices(moments)),
        voicemails=tuple(_voicemails(moments)),
        recording=_last(moments, "recording"),
        transcript=_last(moments, "text"),
        callback=next((moment["at"] for moment in moments if moment["type"] == _CALLBACK), None),
    )


def _duration(line: _Line, ends: Sequence[Entry], ended: datetime | None) -> float | None:
    told: float | None = _last_fact(ends, "duration")
    if told is None and line.answered and ended:
        return _seconds(line.answered, ended)
    return told


def _last_fact(moments: Sequence[Entry], name: str) -> Any:  # noqa: ANN401 (facts are of any type)
    return next((moment["facts"][name] for moment in reversed(moments) if name in moment["facts"]), None)


def _follow(line: _Line, moment: Entry) -> None:
    agent, at = moment["facts"].get("agent"), moment["at"]
    match moment["type"]:
        case "hub.call.answered.v1":
            line.answer(agent, at)
        case "hub.call.transferred.v1":
            line.hand_over(agent, at)
        case "hub.call.held.v1":
            line.hold(at)
        case "hub.call.resumed.v1":
            line.resume(at)


def _state(line: _Line) -> CallState:
    if not line.legs:
        return "ringing"
    return "on_hold" if _is_held(line.legs[-1]) else "connected"


def _is_held(leg: Leg) -> bool:
    return bool(leg.holds) and leg.holds[-1].ended is None


def _resumed(leg: Leg, at: datetime) -> Leg:
    hold = leg.holds[-1]
    over = replace(hold, ended=max(at, hold.began))
    return replace(leg, holds=(*leg.holds[:-1], over), hold_seconds=leg.hold_seconds + _seconds(hold.began, at))


def _seconds(began: datetime, ended: datetime) -> float:
    return max(0.0, (ended - began).total_seconds())


def _choices(moments: Iterable[Entry]) -> Iterable[Choice]:
    for moment in moments:
        if moment["type"] == "hub.ivr.choice.made.v1":
            yield Choice(time=moment["at"], choice=moment["content"].get("text"))


def _voicemails(moments: Iterable[Entry]) -> Iterable[Voicemail]:
    for moment in moments:
        if moment["type"] == "hub.voicemail.left.v1":
            content = moment["content"]
            yield Voicemail(
                time=moment["at"],
                recording=content.get("recording"),
                text=content.get("text"),
                duration=moment["facts"].get("duration"),
            )


def _last(moments: Iterable[Entry], name: str) -> str | None:
    """What was told last of the call itself."""
    apart = ("hub.ivr.choice.made.v1", "hub.voicemail.left.v1", _CALLBACK)
    told = [moment["content"].get(name) for moment in moments if moment["type"] not in apart]
    return next((value for value in reversed(told) if value), None)
