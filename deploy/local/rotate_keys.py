"""`hub rotate-keys`: a new master key for a hub that goes on working."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pymongo.errors import PyMongoError

from deploy.local.errors import ServerError, WrongSetting
from deploy.local.hub import without_password
from deploy.local.reachable import mongo_is_primary
from deploy.local.report import Report
from deploy.local.rotation import Rotation
from deploy.local.settings import LocalSettings, local_settings
from shared.keyring import LOOK_SECONDS
from shared.mongo import connect
from shared.secrets import NEXT, MissingSecret

_SETTLE_SECONDS = 2 * LOOK_SECONDS


def rotate_keys(
    secrets: Annotated[
        Path | None,
        typer.Option(envvar="HUB_SECRETS_DIR", help="Where master.key is; by default the secrets in HUB_DATA."),
    ] = None,
    keep_files: Annotated[
        bool,
        typer.Option("--keep-files", help="Change no file: master.key.next is there, and you swap the files yourself."),
    ] = False,
) -> None:
    """Give the hub a new master key while it works, and wrap every key with it. Killed, it is simply called again.

    With --keep-files, every service must see master.key and master.key.next first; afterwards the next one has to
    become master.key.

    Exit codes: 0 done, 1 something that should run does not, 2 a wrong setting or option.
    """
    settings = local_settings()
    directory = secrets or settings.secrets_dir
    if keep_files and not (directory / NEXT).exists():
        raise WrongSetting(f"--keep-files needs {directory / NEXT}: 32 random bytes in base64, seen by every service.")
    if not mongo_is_primary(settings.mongo):
        where = without_password(settings.mongo)
        raise ServerError(f"MongoDB at {where}, which keeps the keys, does not answer. Start the hub with `hub up`.")
    try:
        asyncio.run(_rotate(settings, directory, Report(), keep_files=keep_files))
    except MissingSecret as error:
        raise WrongSetting(str(error)) from error
    except PyMongoError as error:
        raise ServerError(f"MongoDB stopped answering ({error}). Run this command again to go on.") from error


async def _rotate(settings: LocalSettings, directory: Path, report: Report, *, keep_files: bool) -> None:
    async with connect(settings.mongo) as client:
        rotation = Rotation(client, settings.namespace, directory)
        if keep_files:
            await _wrap(rotation, report)
            await _wrap_until_nothing_is_late(rotation, report)
            report.step(f"Every key opens with {NEXT}. Make it master.key for all services, and delete the old one.")
            return
        with rotation.alone():
            if rotation.is_swapped:
                report.step("An earlier rotation was not finished. It goes on; for another one, run this again.")
            else:
                rotation.make_next()
                await _wrap(rotation, report)
                rotation.swap()
            await _wrap_until_nothing_is_late(rotation, report)
            rotation.delete_previous()
        report.step(f"Done: {directory} has the new master.key. Keep a copy of it apart from the data.")


async def _wrap_until_nothing_is_late(rotation: Rotation, report: Report) -> None:
    """Services that had not noticed yet wrapped keys with the old one: no pass may find any before that is deleted."""
    with report.waiting("services", "have noticed"):
        await asyncio.sleep(_SETTLE_SECONDS)
    while await _wrap(rotation, report):
        continue


async def _wrap(rotation: Rotation, report: Report) -> int:
    """One pass over all keys; how many were not wrapped with the new master key yet."""
    late = 0
    with report.progress() as progress:
        for keys in await rotation.namespaces():
            task = progress.add_task(keys.database.name, total=await keys.estimated_document_count())
            late += await rotation.wrap_all(keys, partial(progress.advance, task))
        looked_at = sum(task.completed for task in progress.tasks)
    report.step(f"{looked_at:.0f} keys looked at, {late} wrapped with the new master key.")
    return late
