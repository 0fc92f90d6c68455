"""Shows how it goes while it goes: a board in a terminal, a line every few seconds elsewhere."""

import asyncio
from collections.abc import Callable

from rich.console import Console
from rich.live import Live

from deploy.local.simulation.live.board import render
from deploy.local.simulation.live.lines import line
from deploy.local.simulation.live.view import View

_BOARD_SECONDS = 0.25
_LINE_SECONDS = 5.0


async def show(console: Console, view: Callable[[], View]) -> None:
    """Shows the view again and again, until cancelled."""
    if console.is_terminal:
        with Live(render(view()), console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(render(view()), refresh=True)
                await asyncio.sleep(_BOARD_SECONDS)
    while True:
        await asyncio.sleep(_LINE_SECONDS)
        console.print(line(view()), highlight=False, soft_wrap=True)
