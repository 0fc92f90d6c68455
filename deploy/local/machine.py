"""Whether this machine can run the embedded servers, and what to do when it cannot."""

import platform
import shutil
import subprocess
import sys
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


def check_mongod(mongod: Path) -> None:
    """Run mongod once. Raise MachineUnfit with what is missing when it does not start."""
    answer = subprocess.run(  # noqa: S603  # the program comes from the verified wheel
        [str(mongod), "--version"], capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise MachineUnfit(why_mongod_fails(answer.stderr, mongod))


def why_mongod_fails(stderr: str, mongod: Path) -> str:
    """Turn the loader's message into what is missing and the command that brings it.

    mongod links to libcurl 4 and OpenSSL 3 and needs glibc 2.35, as Debian 12 and Ubuntu 22.04 have them; their
    small images leave out libcurl, which brings everything else along.
    """
    if "GLIBC_" in stderr:
        return (
            f"The embedded MongoDB needs glibc 2.35 or newer (Debian 12, Ubuntu 22.04), and this system is older; "
            f"use a newer system, {_ELSEWHERE}."
        )
    if "error while loading shared libraries" in stderr:
        library = stderr.partition("libraries:")[2].partition(":")[0].strip()
        return f"The embedded MongoDB needs the library {library}. Install it ({_how_to_install()}), {_ELSEWHERE}."
    return f"The embedded MongoDB does not run here ({mongod} --version says: {stderr.strip()}); {_ELSEWHERE}."


def _how_to_install() -> str:
    if shutil.which("apt-get"):
        return "apt-get install libcurl4"
    if shutil.which("dnf"):
        return "dnf install libcurl openssl-libs"
    return "the packages of libcurl 4 and OpenSSL 3"
