"""Shows a person what the long work is doing: spinners and bars in a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text


class Report:
    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)

    def step(self, sentence: str) -> None:
        self.console.print(sentence, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def waiting(self, what: str, detail: str = "") -> Iterator[None]:
        """Show that something is under way, then that it is done and how long it took."""
        began = monotonic()
        with self.console.status(f"{what} …"):
            yield
        taken = f" {what:<10} {monotonic() - began:5.1f} s  "
        self.console.print(Text.assemble(("✓", "green"), taken, (detail, "dim")), soft_wrap=True)

    def progress(self) -> Progress:
        """A bar with the remaining time, then with the time it took."""
        return Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self.console,
            disable=not self.console.is_terminal,
        )
