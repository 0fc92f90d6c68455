"""`hub demo`: a simulated contact centre on the running hub, with a live board in the terminal."""

import asyncio
import os
import signal
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console

from deploy.local.errors import ServerError, WrongSetting
from deploy.local.services import SERVICES
from deploy.local.settings import SMTP, LocalSettings, local_settings
from deploy.local.simulation.arrivals import HOUR
from deploy.local.simulation.live.access import Addresses, Unanswered
from deploy.local.simulation.live.borrowed_hub import hub_for_demo
from deploy.local.simulation.live.centre import Plan, Reach, simulate
from deploy.local.simulation.live.summary import Summary
from deploy.local.tokens import local_token, time_span

_TOKEN_LIFE = timedelta(days=1)


class DemoFailed(ServerError):
    """Something that was sent did not arrive, or something did not work."""


def demo(
    rate: Annotated[
        float | None,
        typer.Option(help="Contacts a minute at the busiest hour; by default what keeps the agents 80 % busy."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed brings the same customers with the same wishes.")] = 1,
    duration: Annotated[str, typer.Option(help="How long: a number and s, m or h. By default until Ctrl-C.")] = "",
    speed: Annotated[
        float, typer.Option(help="How much faster than life: 10 makes a four-minute call one of 24 seconds.")
    ] = 10.0,
    start: Annotated[str, typer.Option("--from", help="The time of day at which the simulated day begins.")] = "10:00",
) -> None:
    """Play a live contact centre against the running hub: customers arrive, wait, give up; agents answer.

    Everything goes through the hub's public interfaces. Without a running hub one is started, and stopped at the end.
    In a terminal a live board shows what the hub measures; elsewhere a line appears every few seconds.

    Exit codes: 0 everything that was sent arrived, 1 something did not, 2 a wrong setting or option.
    """
    plan = Plan(
        rate=_above_zero("--rate", rate),
        seed=seed,
        seconds=time_span(duration).total_seconds() if duration else float("inf"),
        speed=_above_zero("--speed", speed) or 1.0,
        begins=_time_of_day(start),
    )
    settings, console = local_settings(), Console()
    with hub_for_demo(settings, console):
        console.print(f"Simulating with seed {seed}; Ctrl-C ends it cleanly.", highlight=False)
        summary = asyncio.run(_until_interrupted(plan, _reach(settings), console))
        console.print(summary.text, highlight=False, soft_wrap=True)
    if not summary.good:
        raise DemoFailed("Not everything worked; the lines above say what.")


async def _until_interrupted(plan: Plan, reach: Reach, console: Console) -> Summary:
    """Plays the plan. The first Ctrl-C or SIGTERM closes the contact centre, a second one ends at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted)
    try:
        return await simulate(plan, reach, console, stop)
    except Unanswered as unanswered:
        raise DemoFailed(f"The hub does not let the simulation begin. {unanswered}") from unanswered


def _reach(settings: LocalSettings) -> Reach:
    urls = {service.name: service.http(settings) for service in SERVICES}
    return Reach(
        addresses=Addresses(**urls, smtp=settings.port_base + SMTP),
        mint=lambda role, subject: local_token(settings.secrets_dir, role, subject, _TOKEN_LIFE),
        twilio_token=os.environ.get("HUB_TWILIO_AUTH_TOKEN") or None,
        public_url=os.environ.get("HUB_PUBLIC_URL") or None,
    )


def _above_zero(option: str, number: float | None) -> float | None:
    if number is not None and not 0 < number < 10_000:
        raise WrongSetting(f"{option} {number:g} does not work; give a number above 0.")
    return number


def _time_of_day(words: str) -> float:
    """Seconds since midnight of a time such as 09:30."""
    hours, colon, minutes = words.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        raise WrongSetting(f"--from {words!r} is not a time of day; give one such as 09:30.")
    return int(hours) * HOUR + int(minutes) * 60.0
