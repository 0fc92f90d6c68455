"""Whether this machine can run the embedded servers, and what to do when it cannot."""

import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.errors import ServerError

_ELSEWHERE = "or use servers of your own: set HUB_KAFKA_BOOTSTRAP and HUB_MONGO_URL"


class MachineUnfit(ServerError):
    """This machine cannot run an embedded server; the message says what to install."""


def check_platform() -> None:
    """Raise MachineUnfit when there are no embedded servers for this system."""
    if sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}:
        raise MachineUnfit(
            f"The embedded servers run on Linux (x86_64 or aarch64), not on {sys.platform} ({platform.machine()}); "
            f"use docker compose up, {_ELSEWHERE}."
        )


def why_not(mongod: Path, environment: Mapping[str, str]) -> MachineUnfit | None:
    """Run mongod once. None when it starts, otherwise what is missing."""
    answer = subprocess.run(  # noqa: S603  # the program comes from the verified wheel
        [str(mongod), "--version"], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return None if answer.returncode == 0 else MachineUnfit(why_mongod_fails(answer.returncode, answer.stderr))


def why_mongod_fails(returncode: int, stderr: str) -> str:
    """Turn the loader's message into what is missing and the command that brings it.

    mongod links to libcurl 4 and OpenSSL 3 and needs glibc 2.35, as Debian 12 and Ubuntu 22.04 have them; their
    small images leave out libcurl, which brings everything else along.
    """
    if returncode == -signal.SIGILL:
        return f"The embedded MongoDB needs a processor with AVX, and this one has none; {_ELSEWHERE[3:]}."
    if "GLIBC_" in stderr:
        return (
            f"The embedded MongoDB needs glibc 2.35 or newer (Debian 12, Ubuntu 22.04), and this system is older; "
            f"use a newer system, {_ELSEWHERE}."
        )
    if "error while loading shared libraries" in stderr:
        library = stderr.partition("libraries:")[2].partition(":")[0].strip()
        return f"The embedded MongoDB needs the library {library}. Install it ({_how_to_install()}), {_ELSEWHERE}."
    reason = stderr.strip() or f"exit code {returncode}"
    return f"The embedded MongoDB does not run here (mongod --version says: {reason}); {_ELSEWHERE[3:]}."


def _how_to_install() -> str:
    if shutil.which("apt-get"):
        return "apt-get install libcurl4"
    if shutil.which("dnf"):
        return "dnf install libcurl openssl-libs"
    return "the packages of libcurl 4 and OpenSSL 3"
