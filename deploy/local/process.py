"""A child process with a log file, which ends when its parent ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

from deploy.local.errors import ServerError

_TIED = Path(__file__).with_name("tied.py")
_POLL = 0.02  # seconds between looks at a condition

_LARGEST_LOG = 50_000_000  # bytes; a larger one is put aside at the next start, in place of the one before it

# The kernel ties a child to the *thread* that started it, so every child is started by one thread that lives as long
# as the program; a caller's own short-lived worker thread would take its servers with it when it ends.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="process-starter")


class ServerStopped(ServerError):
    def __init__(self, name: str, returncode: int | None, log: Path) -> None:
        self.name, self.returncode, self.log = name, returncode, log
        super().__init__(f"{name} stopped with exit code {returncode}. Its log is {log}; it ends with:\n{tail(log)}")


class ServerSilent(ServerError):
    def __init__(self, name: str, seconds: float, log: Path) -> None:
        self.name, self.seconds, self.log = name, seconds, log
        super().__init__(f"{name} was not ready after {seconds:.0f} s. Its log is {log}; it ends with:\n{tail(log)}")


def tail(log: Path, lines: int = 5) -> str:
    """Return the last lines of a log, indented; empty when there is no log."""
    if not log.exists():
        return ""
    return "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-lines:])


class ServerProcess:
    """One run of a command. Not started until start(); a stopped one can be started again and appends to its log."""

    def __init__(self, name: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.command = tuple(command)
        self.log = log
        self._env = dict(env or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerError(f"{self.name} has not been started.")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """The exit code of the last run, negative for a signal; None while it runs or before the first start."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the command in a session of its own, so that Ctrl-C in a terminal reaches only the parent."""
        if self.running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".old.log"))
        self._process = _starter.submit(self._open).result()

    def _open(self) -> subprocess.Popen[bytes]:
        tied = [sys.executable, "-I", "-S", str(_TIED), str(os.getpid()), *self.command]
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  # the command comes from this package, never from a request
                tied,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._env},
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], timeout: float) -> None:
        """Return when ready() is true; raise ServerStopped or ServerSilent otherwise."""
        deadline = monotonic() + timeout
        while not ready():
            if not self.running:
                raise ServerStopped(self.name, self.returncode, self.log)
            if monotonic() > deadline:
                raise ServerSilent(self.name, timeout, self.log)
            sleep(_POLL)

    def terminate(self) -> None:
        """Ask the process to end (SIGTERM) without waiting for it."""
        if self.running:
            self._signal(signal.SIGTERM)

    def stop(self, timeout: float) -> bool:
        """Ask the process to end and wait; kill it after timeout seconds. True if it ended by itself."""
        self.terminate()
        if self._process is None:
            return True
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True

    def kill(self) -> None:
        """End the process with SIGKILL and wait until it is gone."""
        if self.running:
            self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
