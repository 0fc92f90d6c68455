"""What each agent did, in a report and on its page."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from services.metrics.domain.intervals import Piece
from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import begins
from services.metrics.domain.windows import time_of
from services.metrics.drilling.paths import contacts_path
from services.metrics.history import Valued
from services.metrics.reporting.html import el
from services.metrics.reporting.numbers import label_of, written
from services.metrics.reporting.shapes import AgentReported, Report

_SHOWN = (
    *("answered", "handled", "average_handle_time"),
    *("signed_in_time", "available_time", "break_time", "occupancy"),
)


def reported(agents: Valued, choice: Choice, period: Piece, names: str) -> Iterator[AgentReported]:
    """Each agent by name. period: in quarters of an hour; names: of the definitions that are asked for."""
    since, until = time_of(begins(period[0])), time_of(begins(period[1]))
    for agent, (_, figures) in sorted(agents.items()):
        if figures.is_empty:
            continue
        yield AgentReported(
            agent=agent,
            kpis=choice.measure(figures),
            also=choice.compare(figures) or None,
            contacts=contacts_path(since, until, "agent", agent, names),
        )


def section(report: Report) -> ET.Element:
    """A table with a row for each agent."""
    if not report.agents:
        return el("section", el("h2", "Agents"), el("p", "No agent was signed in or had a contact.", class_="soft"))
    first = {one.kpi: one for one in reversed(report.definitions)}
    told = [first[kpi] for kpi in _SHOWN]
    heads = [el("th", "Agent", scope="col", class_="text")]
    heads += [el("th", label_of(one), scope="col", class_="number") for one in told]
    rows = [
        el("tr", el("th", one.agent, scope="row"), *(el("td", written(one.kpis[of.kpi], of.unit)) for of in told))
        for one in report.agents
    ]
    return el("section", el("h2", "Agents"), el("table", el("thead", el("tr", *heads)), el("tbody", *rows)))
