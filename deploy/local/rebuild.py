"""`hub rebuild`: views built anew beside the live ones, compared, and switched to without an interruption."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import monotonic
from typing import Annotated

import typer
from pymongo.errors import PyMongoError
from rich.table import Table

from deploy.local.errors import ServerError, WrongSetting
from deploy.local.hub import without_password
from deploy.local.positions import Positions, opened
from deploy.local.reachable import kafka_answers, mongo_is_primary
from deploy.local.rebuilding import REBUILDABLE, NotTheSame, Rebuilding, Show
from deploy.local.report import Report
from deploy.local.settings import LocalSettings, local_settings
from shared.generations import Pointer
from shared.mongo import connect, database

_SAMPLE = 500
_SHOWN = 20
_LINE_SECONDS = 5.0


def rebuild(
    views: Annotated[str, typer.Argument(help=f"Whose views: {', '.join(REBUILDABLE)}.")],
    switch: Annotated[bool, typer.Option(help="Answer from the new views once they are there and the same.")] = True,
    accept_differences: Annotated[
        bool, typer.Option("--accept-differences", help="Switch though the new views differ from the live ones.")
    ] = False,
    sample: Annotated[
        int, typer.Option(min=0, help="So many customers, or documents of each of routing's views, are compared.")
    ] = _SAMPLE,
    rollback: Annotated[bool, typer.Option("--rollback", help="Answer from the earlier views again.")] = False,
    finish: Annotated[bool, typer.Option("--finish", help="Keep the current views only; delete the others.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Show which views there are, and change nothing.")] = False,
) -> None:
    """Build a service's views anew from the logs, beside the live ones. Interrupted, it is simply called again.

    The service builds; this command watches, compares and switches. The earlier views are kept up to date until
    --finish, so --rollback is always possible until then.

    Exit codes: 0 done, 1 something that should run does not or the views differ, 2 a wrong setting or option.
    """
    if views not in REBUILDABLE:
        raise WrongSetting(f"{views} has no views that can be built anew; there are: {', '.join(REBUILDABLE)}.")
    if rollback + finish + status > 1:
        raise WrongSetting("Give one of --rollback, --finish and --status.")
    settings, report = local_settings(), Report()
    _check(settings)

    async def work() -> None:
        async with _rebuilding(views, settings) as rebuilding:
            if status:
                await _show_status(views, rebuilding, report)
            elif rollback:
                await _roll_back(views, rebuilding, report)
            elif finish:
                await _finish(rebuilding, report)
            else:
                new = await _build(rebuilding, report)
                await _compare(views, rebuilding, new, sample, report, accept=accept_differences)
                await _switch(views, rebuilding, new, report, wanted=switch)

    try:
        asyncio.run(work())
    except PyMongoError as error:
        raise ServerError(f"MongoDB stopped answering ({error}). Run this command again to go on.") from error


def _check(settings: LocalSettings) -> None:
    if not mongo_is_primary(settings.mongo):
        where = without_password(settings.mongo)
        raise ServerError(f"MongoDB at {where}, which has the views, does not answer. Start the hub with `hub up`.")
    if not kafka_answers(settings.bootstrap):
        raise ServerError(f"Kafka at {settings.bootstrap}, which has the log, does not answer. Start it with `hub up`.")


@asynccontextmanager
async def _rebuilding(views: str, settings: LocalSettings) -> AsyncIterator[Rebuilding]:
    async with connect(settings.mongo) as client:
        own = database(client, settings.namespace, views)
        async with opened(settings.bootstrap, own) as logs:
            yield Rebuilding(REBUILDABLE[views], client, settings.namespace, Pointer(own), logs)


async def _build(rebuilding: Rebuilding, report: Report) -> int:
    new = await rebuilding.target()
    with report.waiting("begin", f"generation {new}, from the beginning of the logs or where it was"):
        await rebuilding.picked_up(new)
    began = monotonic()
    with _progress(report, f"generation {new}") as show:
        await rebuilding.caught_up(new, show)
    report.step(f"Generation {new} has everything ({monotonic() - began:.1f} s) and stays up to date.")
    return new


async def _compare(views: str, rebuilding: Rebuilding, new: int, sample: int, report: Report, *, accept: bool) -> None:
    with report.waiting("compare", "with the live views"):
        compared = await rebuilding.compared(new, sample)
    report.step(f"{compared.what} were compared.")
    for difference in compared.differences[:_SHOWN]:
        report.step(f"  {difference}")
    if len(compared.differences) > _SHOWN:
        report.step(f"  … and {len(compared.differences) - _SHOWN} more.")
    if not compared.differences:
        report.step("Both are the same.")
    elif not accept:
        raise NotTheSame(views, len(compared.differences))


async def _switch(views: str, rebuilding: Rebuilding, new: int, report: Report, *, wanted: bool) -> None:
    if not wanted:
        report.step(f"Nothing was switched. To do that: hub rebuild {views}. To delete the new ones: --finish.")
        return
    await rebuilding.switch(new)
    report.step(f"Answers come from generation {new} now; the earlier views are kept up to date beside it.")
    report.step(f"  back to them:  hub rebuild {views} --rollback")
    report.step(f"  delete them:   hub rebuild {views} --finish")


async def _roll_back(views: str, rebuilding: Rebuilding, report: Report) -> None:
    earlier = await rebuilding.previous()
    with _progress(report, f"generation {earlier}") as show:
        await rebuilding.caught_up(earlier, show)
    await rebuilding.switch(earlier)
    report.step(f"Answers come from generation {earlier} again; the newer views are kept up to date beside it.")
    report.step(f"  to them again:  hub rebuild {views} --rollback")
    report.step(f"  delete them:    hub rebuild {views} --finish")


async def _finish(rebuilding: Rebuilding, report: Report) -> None:
    with _progress(report, "what is to be deleted") as show:
        deleted = await rebuilding.finish(show)
    current = (await rebuilding.generations()).current
    gone = ", ".join(str(number) for number in deleted)
    report.step(f"Generation {gone} is deleted." if deleted else "There was nothing to finish.")
    report.step(f"Generation {current} is the only one.")


async def _show_status(views: str, rebuilding: Rebuilding, report: Report) -> None:
    state = await rebuilding.generations()
    table = Table("generation", "answers", "behind", "of", "")
    for number in state.kept:
        sources = state.sources.get(number)
        positions = None if sources is None else await rebuilding.positions(sources)
        behind, total = ("", "") if positions is None else (f"{positions.behind:,}", f"{positions.total:,}")
        says = state.failed.get(number, "" if sources else f"no {views} process has begun with it")
        table.add_row(str(number), "yes" if number == state.current else "", behind, total, says)
    report.console.print(table)


@contextmanager
def _progress(report: Report, what: str) -> Iterator[Show]:
    """A bar with rate and remaining time in a terminal, a line now and then elsewhere."""
    began, first, line = monotonic(), -1, monotonic()
    with report.progress() as progress:
        task = progress.add_task(what, total=None)

        def show(positions: Positions) -> None:
            nonlocal first, line
            done = positions.total - positions.behind
            first = done if first < 0 else first
            rate = (done - first) / max(monotonic() - began, 0.001)
            told = f"{what}, {rate:,.0f} a second"
            progress.update(task, completed=done, total=positions.total, description=told)
            if not report.console.is_terminal and monotonic() - line > _LINE_SECONDS:
                line = monotonic()
                left = f"{positions.behind / rate:,.0f} s left" if rate else "nothing moves yet"
                report.step(f"  {told}: {done:,} of {positions.total:,}, {left}")

        yield show
