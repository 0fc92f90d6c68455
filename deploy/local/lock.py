"""One hub per data directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import ServerError


class AlreadyRunning(ServerError):
    def __init__(self, data: Path, pid: str) -> None:
        self.data, self.pid = data, pid
        super().__init__(
            f"A hub with its data in {data} is already running (process {pid}). Stop it with Ctrl-C there, "
            f"or start another one with its own HUB_DATA and HUB_PORT_BASE."
        )


@contextmanager
def only_hub_on(data: Path) -> Iterator[None]:
    """Hold the data directory. The system lets go of it when the process ends, however it ends."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(data, file.read().strip() or "unknown") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
