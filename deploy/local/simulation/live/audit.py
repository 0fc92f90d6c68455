"""The last check: is everything that the hub accepted on the timelines?"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from deploy.local.simulation.chance import Chance
from deploy.local.simulation.live.access import Access, Unanswered
from deploy.local.simulation.live.ledger import Track

_PAGE = 200
_PATIENCE_SECONDS = 15.0
_LOOK_SECONDS = 0.25
_CUT_OFF = timedelta(seconds=2)
"""By how much an event can be older than its arrival: a mail tells its time in whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """timelines: how many were looked at. sent, found: entries they must have and have."""

    timelines: int
    sent: int
    found: int
    problems: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not self.problems and self.sent == self.found


def sample(chance: Chance, expected: Mapping[Track, int], most: int) -> dict[Track, int]:
    """At most `most` of the tracks, with what is expected of them."""
    tracks = sorted(expected)
    chosen = tracks if len(tracks) <= most else chance.sample(tracks, most)
    return {track: expected[track] for track in chosen}


async def compare(
    access: Access, profile: str, expected: Mapping[Track, int], since: datetime, patience: float = _PATIENCE_SECONDS
) -> Finding:
    """Reads the timelines until they have what is expected, or patience (seconds) ends.

    since: entries that the hub took in earlier belong to an earlier run.
    """
    deadline = monotonic() + patience
    found: Counter[Track] = Counter()
    problems: dict[Track, str] = {}
    open_ones = list(expected)
    while open_ones:
        for track in open_ones:
            problems.pop(track, None)
            try:
                found[track] = await _entries(access, profile, track, since)
            except Unanswered as unanswered:
                problems[track] = str(unanswered)
        open_ones = [track for track in open_ones if found[track] != expected[track]]
        if monotonic() > deadline:
            break
        if open_ones:
            await asyncio.sleep(_LOOK_SECONDS)
    return Finding(
        timelines=len({identity for identity, _ in expected}),
        sent=sum(expected.values()),
        found=found.total(),
        problems=tuple(sorted(set(problems.values()))) + _differences(expected, found, open_ones),
    )


def _differences(expected: Mapping[Track, int], found: Mapping[Track, int], tracks: list[Track]) -> tuple[str, ...]:
    """What differs, by kind of identity; no address, because the terminal may be somebody's log."""
    examples = {(identity.partition(":")[0], direction): (identity, direction) for identity, direction in tracks}
    counts = Counter((identity.partition(":")[0], direction) for identity, direction in tracks)
    return tuple(
        f"{count} timelines of {kind} identities have other {direction} entries than were sent, for example "
        f"{found[examples[kind, direction]]} instead of {expected[examples[kind, direction]]}"
        for (kind, direction), count in sorted(counts.items())
    )


async def _entries(access: Access, profile: str, track: Track, since: datetime) -> int:
    """How many events the identity's timeline has in that direction since then."""
    asked: dict[str, str | int] = {"limit": _PAGE, "from": (since - _CUT_OFF).isoformat()}
    page = await access.get(f"{profile}/v1/timeline", identity=track[0], **asked)
    customer, timeline, count = page["customer"]["id"], page["timeline"], 0
    while True:
        for item in timeline["items"]:
            for event in item["events"]:
                own = (item["identity"], event["direction"]) == track
                count += own and datetime.fromisoformat(event["recordedtime"]) >= since
        if timeline["next"] is None:
            return count
        url = f"{profile}/v1/customers/{customer}/timeline"
        timeline = await access.get(url, before=timeline["next"], **asked)
