"""The live board in a terminal."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.local.simulation.live.view import AgentRow, KpiRow, View, clock, share, span

_STATUS_STYLE = {"available": "green", "busy": "yellow", "break": "cyan", "not_responding": "red", "offline": "dim"}
_MARKS = {"phone": "☎", "chat": "●", "email": "✉", "social": "#"}
_OFFERED = "◌"
_LEGEND = "☎ call  ● chat  ✉ mail  # social  ◌ offer"
_HAPPENINGS = 40
_FIELD_WORDS = ("SL", "ASA", "AHT")
"""Service level, average speed of answer, average handle time: short, so that they fit into 80 columns."""


def render(view: View) -> RenderableType:
    """The whole board; it fills the terminal it is shown in."""
    layout = Layout()
    layout.split_column(
        Layout(_head(view), name="head", size=4),
        Layout(_figures(view), name="figures", size=len(view.queues) + 6),
        Layout(name="below"),
        Layout(_foot(view), name="foot", size=2),
    )
    layout["below"].split_row(Layout(_agents(view), size=46), Layout(_happenings(view)))
    return layout


def _head(view: View) -> RenderableType:
    facts = Text.assemble(
        (clock(view.time), "bold"),
        f"  simulated day, {view.speed:g}x   ",
        (f"{view.rate:.1f}", "bold"),
        f" contacts/min now   seed {view.seed}   {_left(view)}",
    )
    return Panel(
        Group(facts, Text(view.ways, style="dim", no_wrap=True)), title="Interaction Hub: simulated contact centre"
    )


def _left(view: View) -> str:
    if view.closing:
        return "closing"
    return "until Ctrl-C" if view.left == float("inf") else f"{span(max(0.0, view.left))} left"


def _figures(view: View) -> RenderableType:
    table = Table(title="last 5 minutes, as the hub measures them", expand=True, title_style="dim", box=SIMPLE_HEAD)
    table.add_column("queue", no_wrap=True)
    for name in ("waiting", "offered", "answered", "abandoned", *_FIELD_WORDS):
        table.add_column(name, justify="right", no_wrap=True)
    for row in view.queues:
        table.add_row(*_cells(row))
    if view.total is not None:
        table.add_section()
        table.add_row(*_cells(view.total), style="bold")
    return table


def _cells(row: KpiRow) -> tuple[str | Text, ...]:
    level = Text(share(row.service_level), style={True: "green", False: "red", None: ""}[row.met])
    return (
        row.name,
        Text(str(row.waiting), style="red" if row.waiting > 2 else ""),
        str(row.offered),
        str(row.answered),
        str(row.abandoned),
        level,
        span(row.speed_of_answer),
        span(row.handle_time),
    )


def _agents(view: View) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for row in view.agents:
        table.add_row(
            row.name, Text(row.status, style=_STATUS_STYLE.get(row.status, "")), Text(_hand(row), no_wrap=True)
        )
    return Panel(table, title=_summed(view.agents), subtitle=_LEGEND)


def _hand(row: AgentRow) -> str:
    return " ".join(_MARKS.get(channel or "", _OFFERED) for channel in row.hand)


def _summed(agents: Sequence[AgentRow]) -> str:
    there = [row for row in agents if row.status != "offline"]
    at_work = sum(bool(row.hand) for row in there)
    free = sum(row.status == "available" and not row.hand for row in there)
    return f"agents: {at_work} at work, {free} free, {len(there) - at_work - free} away"


def _happenings(view: View) -> RenderableType:
    """The newest first, so that a small terminal cuts off the oldest."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(style="dim", min_width=5)
    table.add_column(style="bold", min_width=14, max_width=14, no_wrap=True, overflow="ellipsis")
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for one in reversed(view.happenings[-_HAPPENINGS:]):
        table.add_row(clock(one.at), one.who, one.what)
    return Panel(table, title="just now")


def _foot(view: View) -> RenderableType:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(view.by_kind.items()))
    health = Text(f"errors: {view.troubles}", style="bold red" if view.troubles else "green")
    if view.last_trouble:
        health.append(f"  {view.last_trouble}", style="red")
    sent = Text(f"sent {view.handed}, accepted {view.taken}  ({kinds})", no_wrap=True, overflow="ellipsis")
    return Group(sent, health)
