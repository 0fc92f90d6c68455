"""The simulation's clients and its board, as far as they need no hub."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from deploy.local.simulation.chance import chance_for
from deploy.local.simulation.live.access import Access, Json, Unanswered
from deploy.local.simulation.live.audit import Finding, compare, sample
from deploy.local.simulation.live.board import render
from deploy.local.simulation.live.ledger import Happening, Ledger, Track
from deploy.local.simulation.live.lines import line
from deploy.local.simulation.live.pace import Pace
from deploy.local.simulation.live.signs import either
from deploy.local.simulation.live.stream import Reader, StreamEvent, follow
from deploy.local.simulation.live.summary import Summary
from deploy.local.simulation.live.view import AgentRow, KpiRow, View, clock, share, span

IN, OUT = ("a:1", "inbound"), ("a:1", "outbound")
SINCE = datetime(2026, 11, 21, 10, tzinfo=UTC)


def row(name: str, *, waiting: int = 0, met: bool | None = None) -> KpiRow:
    return KpiRow(
        name=name,
        waiting=waiting,
        offered=12,
        answered=9,
        abandoned=2,
        service_level=0.75,
        speed_of_answer=4.21,
        handle_time=125.0,
        met=met,
    )


def view(**changed: object) -> View:
    facts: dict[str, object] = {
        "time": 36_300.0,
        "speed": 10.0,
        "seed": 7,
        "rate": 21.0,
        "left": 42.0,
        "closing": False,
        "total": row("all", waiting=3),
        "queues": (row("sales", met=False), row("support", waiting=3, met=True)),
        "agents": (
            AgentRow(name="Ada Sommer", status="available", hand=("phone", None)),
            AgentRow(name="Ben Okafor", status="available", hand=()),
            AgentRow(name="Eva Lindqvist", status="break", hand=()),
            AgentRow(name="Hugo Marin", status="offline", hand=()),
        ),
        "happenings": tuple(Happening(at=36_000.0 + n, who="Ann Lee", what=f"thing {n}") for n in range(60)),
        "handed": 80,
        "taken": 79,
        "by_kind": {"call": 50, "mail": 30},
        "troubles": 0,
        "last_trouble": None,
        "ways": "email by SMTP",
    }
    return View(**{**facts, **changed})  # type: ignore[arg-type]  # the facts above, some of them changed


def shown(what: View, *, width: int = 110, height: int = 40) -> str:
    console = Console(width=width, height=height, color_system=None, force_terminal=True)
    with console.capture() as captured:
        console.print(render(what))
    return captured.get()


def test_the_board_shows_figures_agents_and_what_just_happened() -> None:
    text = shown(view())
    for expected in (
        "10:05",
        "seed 7",
        "42.0 s left",
        "support",
        "75 %",
        "4.2 s",
        "2:05",
        "Ada Sommer",
        "agents: 1 at work, 1 free, 1 away",
        "thing 59",
        "sent 80, accepted 79",
        "errors: 0",
    ):
        assert expected in text


def test_the_board_shows_the_newest_happening_even_where_there_is_little_room() -> None:
    text = shown(view(), width=80, height=28)
    assert "thing 59" in text
    assert "thing 1 " not in text
    assert "errors: 0" in text


def test_the_board_says_what_went_wrong_last_and_when_it_closes() -> None:
    text = shown(view(troubles=3, last_trouble="POST /v1/events: 503 Try again.", closing=True))
    assert "errors: 3  POST /v1/events: 503" in text
    assert "closing" in text


def test_without_figures_yet_the_board_still_shows() -> None:
    assert "until Ctrl-C" in shown(view(total=None, queues=(), agents=(), happenings=(), left=float("inf")))


def test_where_no_terminal_is_the_board_is_one_line() -> None:
    text = line(view())
    assert "\n" not in text
    assert "10:05 | 21.0 contacts/min | waiting 3" in text
    assert "agents at work 1 of 4" in text


def test_figures_read_as_people_write_them() -> None:
    assert [clock(0), clock(86_399), clock(90_000)] == ["00:00", "23:59", "01:00"]
    assert [span(None), span(3.14), span(185.0)] == ["-", "3.1 s", "3:05"]
    assert [share(None), share(0.375)] == ["-", "38 %"]


def test_a_stream_is_put_together_from_its_lines() -> None:
    reader = Reader()
    lines = [": hello", "", "id: 5.0", "event: ticket.offered", 'data: {"ticket":', 'data: "t"}', "", "data: {}", ""]
    events = [event for one in lines if (event := reader.feed(one))]
    assert events == [
        StreamEvent(id="5.0", kind="ticket.offered", data={"ticket": "t"}),
        StreamEvent(id=None, kind="message", data={}),
    ]


async def test_a_stream_that_breaks_is_taken_up_after_its_last_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.simulation.live.stream._AGAIN_SECONDS", 0.0)
    asked: list[str | None] = []

    def hub(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("Last-Event-ID"))
        if len(asked) == 2:
            return httpx.Response(503, json={"detail": "Not now."})
        number = len(asked)
        return httpx.Response(200, text=f'id: {number}\nevent: told\ndata: {{"number": {number}}}\n\n')

    breaks: list[str] = []
    async with httpx.AsyncClient(transport=httpx.MockTransport(hub)) as client:
        events = follow(Access(client, "token"), "http://hub/stream", lambda broken: breaks.append(str(broken)))
        heard = [(await anext(events)).data["number"] for _ in range(2)]
        await events.aclose()
    assert heard == [1, 3]
    assert asked == [None, "1", "1"]
    assert breaks == ["GET /stream: 503 Not now."]


async def test_a_refusal_carries_the_hubs_own_words() -> None:
    def hub(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer token"
        return httpx.Response(409, json={"title": "Conflict", "detail": "The ticket is waiting."})

    async with httpx.AsyncClient(transport=httpx.MockTransport(hub)) as client:
        with pytest.raises(Unanswered, match=r"POST /v1/tickets/t/accept: 409 The ticket is waiting\.") as caught:
            await Access(client, "token").post("http://hub/v1/tickets/t/accept", {})
    assert caught.value.status == 409


async def test_a_hub_that_is_away_is_named() -> None:
    def hub(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(hub)) as client:
        with pytest.raises(Unanswered, match="GET /v1/kpis: no answer") as caught:
            await Access(client, "token").get("http://hub/v1/kpis")
    assert caught.value.status is None


def timelines(entries: dict[str, list[Json]]) -> httpx.MockTransport:
    """A profile service that has these timelines, two entries a page."""

    def profile(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        identity = query.get("identity") or request.url.path.split("/")[3]
        if identity not in entries:
            return httpx.Response(404, json={"detail": "Nobody has this address."})
        begins = int(query.get("before", "0"))
        mine = entries[identity]
        following = str(begins + 2) if begins + 2 < len(mine) else None
        page = {"items": mine[begins : begins + 2], "next": following}
        whole = {"customer": {"id": identity}, "timeline": page} if request.url.path == "/v1/timeline" else page
        return httpx.Response(200, json=whole)

    return httpx.MockTransport(profile)


def entry(identity: str, minute: int, direction: str = "inbound") -> Json:
    event = {"direction": direction, "recordedtime": SINCE.replace(minute=minute).isoformat()}
    return {"identity": identity, **event, "events": [event]}


async def checked(entries: dict[str, list[Json]], expected: dict[Track, int], since: datetime = SINCE) -> Finding:
    async with httpx.AsyncClient(transport=timelines(entries)) as client:
        return await compare(Access(client, "token"), "http://hub", expected, since, patience=0.0)


async def test_the_check_counts_what_both_sides_did_page_by_page() -> None:
    mine = [entry("a:1", minute) for minute in (9, 8, 7, 6)] + [entry("a:1", 5, "outbound"), entry("a:2", 5)]
    finding = await checked({"a:1": mine}, {IN: 4, OUT: 1})
    assert finding.complete
    assert (finding.timelines, finding.sent, finding.found) == (1, 5, 5)


async def test_entries_of_an_earlier_run_do_not_count() -> None:
    mine = [entry("a:1", minute) for minute in (9, 2, 1, 0)]
    assert (await checked({"a:1": mine}, {IN: 1}, SINCE.replace(minute=5))).complete


@pytest.mark.parametrize("there", [1, 3])
async def test_an_entry_too_few_or_too_many_is_found_out(there: int) -> None:
    finding = await checked({"a:1": [entry("a:1", n) for n in range(there)]}, {IN: 2})
    assert not finding.complete
    assert any(f"{there} instead of 2" in problem for problem in finding.problems)
    assert not any("a:1" in problem for problem in finding.problems)


async def test_a_timeline_that_is_not_there_is_found_out() -> None:
    finding = await checked({}, {IN: 2})
    assert not finding.complete
    assert any("404" in problem for problem in finding.problems)


@given(count=st.integers(0, 40), most=st.integers(1, 50), seed=st.integers(0, 9))
def test_the_sample_is_never_larger_than_asked_and_the_same_for_the_same_seed(count: int, most: int, seed: int) -> None:
    expected = {(f"a:{n}", "inbound"): n for n in range(count)}
    chosen = sample(chance_for(seed), expected, most)
    assert len(chosen) == min(count, most)
    assert chosen.items() <= expected.items()
    assert chosen == sample(chance_for(seed), expected, most)


def summary(**changed: object) -> Summary:
    facts: dict[str, object] = {
        "seed": 1,
        "seconds": 61.0,
        "speed": 10.0,
        "handed": {"call": 3, "mail": 2},
        "taken": {"call": 3, "mail": 2},
        "outcomes": {"contacts": 4},
        "reasons": {},
        "finding": Finding(timelines=2, sent=5, found=5, problems=()),
    }
    return Summary(**{**facts, **changed})  # type: ignore[arg-type]  # the facts above, some of them changed


def test_a_run_in_which_all_arrived_is_good() -> None:
    assert summary().good
    assert "✗" not in summary().text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"taken": {"call": 3, "mail": 1}}, "✗ sent 5, accepted 4"),
        (
            {"finding": Finding(timelines=2, sent=5, found=4, problems=("1 timelines …",))},
            "✗ 2 timelines: 5 entries, 4",
        ),
        ({"reasons": {"POST /v1/events: 503": 2}}, "✗ errors: 2\n    2 x POST /v1/events: 503"),
    ],
)
def test_a_run_in_which_something_failed_says_what(changed: dict[str, object], said: str) -> None:
    assert not summary(**changed).good
    assert said in summary(**changed).text


def test_the_ledger_knows_what_is_still_to_be_accepted_and_what_must_be_found() -> None:
    ledger = Ledger(lambda: 5.0)
    ledger.hand("mail")
    ledger.hand("mail")
    ledger.take("mail", "email:ann@x.example")
    assert (ledger.handed, ledger.taken) == (Counter({"mail": 2}), Counter({"mail": 1}))
    ledger.take("reply", "email:ann@x.example")
    assert dict(ledger.expected) == {("email:ann@x.example", "inbound"): 1, ("email:ann@x.example", "outbound"): 1}


def test_the_ledger_shows_the_trouble_that_came_last() -> None:
    ledger = Ledger(lambda: 5.0)
    for reason in ("one", "two", "one"):
        ledger.trouble("board", reason)
    assert (ledger.troubles, ledger.last_trouble, ledger.reasons["one"]) == (3, "one", 2)


def test_model_time_runs_as_much_faster_as_was_asked() -> None:
    real = iter([100.0, 103.0])
    pace = Pace(10.0, 36_000.0, clock=lambda: next(real))
    assert pace.now == 36_030.0
    assert pace.real(240.0) == 24.0


async def test_waiting_ends_with_the_first_sign() -> None:
    first, second = asyncio.Event(), asyncio.Event()
    second.set()
    await asyncio.wait_for(either(first, second), 5)
    await asyncio.wait_for(either(first, within=0.001), 5)
    assert not first.is_set()
