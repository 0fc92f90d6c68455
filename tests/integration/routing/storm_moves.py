"""What agents and supervisors may want of a ticket, as requests to the public API."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from shared.auth import Role
from tests.integration.routing.centre import Centre

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request and who makes it."""

    method: str = "POST"
    path: str
    body: Json = field(default_factory=dict)
    role: Role = "supervisor"
    who: str = "sue"


@dataclass(frozen=True, slots=True)
class Scene:
    """A ticket as it was shown a moment ago, and others of its centre."""

    chance: Random
    centre: Centre
    ticket: Json
    others: list[Json]

    @property
    def agent(self) -> str:
        """Who has the ticket, or anybody."""
        return self.ticket["agent"] or self.chance.choice((self.centre.ann, self.centre.bob))

    @property
    def colleague(self) -> str:
        """Whom its agent asks."""
        asked = self.ticket["consultation"]
        if asked:
            return str(asked["agent"])
        return self.centre.bob if self.agent == self.centre.ann else self.centre.ann

    @property
    def queue(self) -> str:
        """Any queue of the centre."""
        return self.chance.choice((self.centre.calls, self.centre.rest))

    def path(self, action: str) -> str:
        """Where that is asked for."""
        return f"/v1/tickets/{self.ticket['id']}/{action}"


Move = Callable[[Scene], Wish]


def by_agent(scene: Scene, action: str, **body: Any) -> Wish:  # noqa: ANN401 (fields of a body)
    """Whoever has the ticket does it."""
    return Wish(path=scene.path(action), body=body, role="agent", who=scene.agent)


def by_colleague(scene: Scene, action: str) -> Wish:
    """Whoever is asked for advice does it."""
    return Wish(path=scene.path(action), role="agent", who=scene.colleague)


def by_sue(scene: Scene, action: str, **body: Any) -> Wish:  # noqa: ANN401 (fields of a body)
    """The supervisor does it."""
    return Wish(path=scene.path(action), body=body)


def by_either(scene: Scene, action: str, **body: Any) -> Wish:  # noqa: ANN401 (fields of a body)
    """Whoever has the ticket does it, or the supervisor."""
    return scene.chance.choice((by_agent, by_sue))(scene, action, **body)


def wait_outside(scene: Scene) -> Wish:
    until = datetime.now(UTC) + timedelta(seconds=scene.chance.uniform(1, 4))
    return by_agent(scene, "pending", on=scene.chance.choice(("customer", "third_party")), until=until.isoformat())


def pass_on(scene: Scene) -> Wish:
    where = scene.chance.choice(({"queue": scene.queue}, {"agent": scene.colleague}))
    return by_either(scene, "transfer", **where)


def pass_on_warm(scene: Scene) -> Wish:
    return by_agent(scene, "transfer", agent=scene.colleague)


def ask_colleague(scene: Scene) -> Wish:
    return by_agent(scene, "consult", agent=scene.colleague)


def take_over(scene: Scene) -> Wish:
    return by_sue(scene, "take", agent=scene.chance.choice((scene.centre.ann, scene.centre.bob)))


def prioritise(scene: Scene) -> Wish:
    return Wish(method="PUT", path=scene.path("priority"), body={"priority": scene.chance.randint(1, 9)})


def call_back(scene: Scene) -> Wish:
    return Wish(path=scene.path("callback"), role="channel", who="telephony")


def tag(scene: Scene) -> Wish:
    add, remove = scene.chance.sample(("vip", "late", "refund"), 2)
    return by_either(scene, "tags", add=[add], remove=[remove])


def note(scene: Scene) -> Wish:
    return by_either(scene, "notes", text="Prefers to be called in the morning.")


def link(scene: Scene) -> Wish:
    relation = scene.chance.choice(("related", "duplicate", "caused_by"))
    return by_either(scene, "links", to=scene.chance.choice(scene.others)["id"], relation=relation)


def unlink(scene: Scene) -> Wish:
    linked = [one["ticket"] for one in scene.ticket["links"]] or [scene.chance.choice(scene.others)["id"]]
    return Wish(method="DELETE", path=scene.path(f"links/{scene.chance.choice(linked)}"))


def merge(scene: Scene) -> Wish:
    return by_sue(scene, "merge", into=scene.chance.choice(scene.others)["id"], force=True)


def stop_monitoring(scene: Scene) -> Wish:
    return Wish(method="DELETE", path=scene.path("monitor"))


def reassign_many(scene: Scene) -> Wish:
    some = [one["id"] for one in scene.chance.sample(scene.others, min(3, len(scene.others)))]
    which = scene.chance.choice(({"tickets": some}, {"team": scene.centre.pool}))
    return Wish(path="/v1/tickets/transfer", body={**which, "queue": scene.queue})


def take_complaint_further(scene: Scene) -> Wish:
    step, body = scene.chance.choice(_COMPLAINT)
    given = {"agent": scene.colleague} if step == "assign" else body
    return by_either(scene, f"complaint/{step}", **given)


_COMPLAINT: tuple[tuple[str, Json], ...] = (
    ("acknowledge", {}),
    ("investigate", {}),
    ("assess", {"cause": "delivery"}),
    ("answer", {"remedy": "refund"}),
    ("accept", {}),
    ("reopen", {"reason": "Too little"}),
    ("assign", {}),
    ("revoke", {"reason": "A question"}),
)
_resolve: Move = partial(by_agent, action="resolve", code="done")
_beside: tuple[Move, ...] = (
    tag,
    note,
    link,
    unlink,
    partial(by_sue, action="monitor"),
    stop_monitoring,
    partial(by_either, action="complaint"),
)
_escalate: Move = partial(by_either, action="escalate")
_anytime: tuple[Move, ...] = (take_over, prioritise, merge, reassign_many, pass_on, _escalate)
_consultation: tuple[Move, ...] = (
    partial(by_colleague, action="consult/accept"),
    partial(by_colleague, action="consult/accept"),
    partial(by_colleague, action="consult/decline"),
    partial(by_agent, action="consult/end"),
    pass_on_warm,
)
MOVES: dict[str, tuple[tuple[Move, ...], tuple[Move, ...]]] = {
    "waiting": ((call_back,), _anytime),
    "offered": ((partial(by_agent, action="accept"),) * 4 + (partial(by_agent, action="decline"), call_back), _anytime),
    "active": (
        (partial(by_agent, action="hold"), partial(by_agent, action="wrap-up"), wait_outside, ask_colleague, _resolve),
        _anytime,
    ),
    "held": ((partial(by_agent, action="resume"), wait_outside, ask_colleague, _resolve), _anytime),
    "wrapup": ((_resolve,), _anytime),
    "pending": ((partial(by_agent, action="resume"),), _anytime),
    "resolved": ((partial(by_sue, action="reopen"),), (partial(by_sue, action="close"),)),
}
"""For each state what is usual, and what is not."""


def choose(scene: Scene) -> Wish:
    """Something that somebody may want to do with the ticket just now; it may be refused all the same."""
    usual, unusual = MOVES[scene.ticket["state"]]
    moves = scene.chance.choice((usual, usual, usual, unusual, _beside))
    if scene.ticket["consultation"]:
        moves = scene.chance.choice((_consultation, moves))
    if scene.ticket["kind"] == "complaint":
        moves = scene.chance.choice(((take_complaint_further,), moves))
    return scene.chance.choice(moves)(scene)
