"""`hub triage`: try a configuration file's rules on examples, and see which rules no example reaches."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.local.triage_centre import Centre, Outcome
from deploy.local.triage_examples import Example, read_examples
from services.routing.domain.dead_rules import dead_rules
from services.routing.domain.rules import rules_in_order


def triage(
    config: Annotated[Path, typer.Argument(help="YAML with pools, queues, …, as for hub apply.")],
    examples: Annotated[Path, typer.Argument(help="YAML: a list of {when: {…}, then: {…}}.")],
) -> None:
    """Try the rules of a configuration file on examples. It needs no running hub and changes nothing.

    Exit codes: 0 every example is right, 1 one is wrong or a rule would never decide, 2 a file is not as it should be.
    """
    centre, tried = Centre(config), read_examples(examples)
    outcomes = [centre.outcome(example.when) for example in tried]
    console = Console()
    console.print(_table(tried, outcomes))
    wrong = sum(bool(outcome.differs(example.then)) for example, outcome in zip(tried, outcomes, strict=True))
    console.print(f"{len(tried) - wrong} of {len(tried)} examples are right.", style="red" if wrong else "green")
    dead = dead_rules(centre.queues)
    never = [f"Rule {one.number} of {one.queue} would never decide: {one.reason}." for one in dead]
    for line in [*(Text(one, "red") for one in never), *(Text(one, "yellow") for one in _uncovered(centre, outcomes))]:
        console.print(line, soft_wrap=True)
    if wrong or dead:
        raise typer.Exit(1)


def _table(examples: Sequence[Example], outcomes: Sequence[Outcome]) -> Table:
    table = Table("", "example", "expected", "decided")
    for example, outcome in zip(examples, outcomes, strict=True):
        differs = outcome.differs(example.then)
        mark = Text("✗", style="red") if differs else Text("✓", style="green")
        expected = {name: value for name, value in example.then.expected().items() if name in differs or not differs}
        decided = Text(_told(differs), style="red") if differs else Text("")
        table.add_row(mark, Text(_name(example)), Text(_told(expected)), decided)
    return table


def _uncovered(centre: Centre, outcomes: Sequence[Outcome]) -> list[str]:
    reached = {(outcome.queue, outcome.by) for outcome in outcomes}
    return [
        f"No example reaches rule {one.number} of {one.queue.id}."
        for one in rules_in_order(centre.queues)
        if (one.queue.id, f"rule-{one.number}") not in reached
    ]


def _name(example: Example) -> str:
    return example.name or _told(example.when.model_dump(mode="json", exclude_unset=True))


def _told(values: Mapping[str, Any]) -> str:
    """As YAML would have it, in one line."""
    if set(values) >= {"queue"} and values["queue"] is None:
        return "no queue takes it"
    plain = {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
    line = yaml.safe_dump(plain, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False)
    return line.strip()[1:-1]
