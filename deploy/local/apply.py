"""`hub apply FILE`: show what a configuration file would change, ask, and send that to the services."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.local.configuration import SECTIONS, Document, read_documents
from deploy.local.configured import Configured
from deploy.local.difference_lines import lines
from deploy.local.differences import Difference, difference
from deploy.local.errors import WrongSetting
from deploy.local.passable import in_passable_order
from deploy.local.settings import LocalSettings, local_settings

SAMPLE = Path(__file__).with_name("sample.yaml")


def apply(
    file: Annotated[Path, typer.Argument(help=f"YAML with {', '.join(SECTIONS)}.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Apply without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
) -> None:
    """Show what a configuration file would change in the running hub, ask, and apply it.

    Documents that are as the file says are not sent. What the hub has and the file does not name stays.

    Exit codes: 0 done, 1 not applied, or not all of it, 2 a wrong file or option.
    """
    if yes and dry_run:
        raise WrongSetting("Give one of --yes and --dry-run.")
    console = Console(highlight=False, soft_wrap=True)
    with Configured(local_settings()) as hub:
        differences = _differences(file, hub)
        for line in lines(differences):
            console.print(line)
        wanted = [one.document for one in differences if one.is_wanted]
        if dry_run or not wanted:
            return
        if not yes:
            _ask_whether(file)
        hub.send(_steps(wanted, hub), console)
    console.print("1 document applied." if len(wanted) == 1 else f"{len(wanted)} documents applied.")


def apply_file(file: Path, settings: LocalSettings) -> int:
    """Send what differs from what the hub has, without asking, and return how many documents that was."""
    with Configured(settings) as hub:
        wanted = [one.document for one in _differences(file, hub) if one.is_wanted]
        hub.send(_steps(wanted, hub))
    return len(wanted)


def is_configured(settings: LocalSettings) -> bool:
    """True when routing knows at least one queue."""
    with Configured(settings) as hub:
        return hub.has_any("queues")


def _differences(file: Path, hub: Configured) -> list[Difference]:
    """What each document of the file would change, in the order to apply them. WrongSetting if that cannot be."""
    documents = read_documents(file)
    now = {section: hub.documents(section) for section in dict.fromkeys(one.section for one in documents)}
    differences = [difference(one, now[one.section].get(one.id)) for one in documents]
    wrong = [complaint for one in differences for complaint in _moved(one)]
    if wrong:
        raise WrongSetting("\n  ".join((f"{file} cannot be applied, so nothing of it was:", *wrong)))
    return differences


def _steps(wanted: Sequence[Document], hub: Configured) -> Sequence[Document]:
    changes_queues = any(document.section == "queues" for document in wanted)
    return in_passable_order(wanted, hub.documents("queues")) if changes_queues else wanted


def _moved(one: Difference) -> list[str]:
    """What the file says of fields that cannot be changed."""
    fixed = SECTIONS[one.document.section].fixed
    return [
        f"{one.document.name}.{change.path[0]}: is {change.before} and cannot become {change.after}; use another id"
        for change in one.changes
        if change.path[0] in fixed
    ]


def _ask_whether(file: Path) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise WrongSetting(
            "Nothing was applied, because nobody can be asked here. If the difference is what you want: "
            f"hub apply --yes {file}"
        )
    if not typer.confirm("Apply this?"):
        print("Nothing was applied.")
        raise typer.Exit(1)
