"""Run a command that cannot outlive the process that started it.

Usage: python tied.py PARENT_PID COMMAND [ARGUMENT...]

The kernel is asked to kill this process when its parent ends, for whatever reason, then the command takes its place
and keeps its process id. A separate program, because setting this between fork and exec of a threaded Python process
can deadlock.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, *command = sys.argv[1:]
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        sys.exit("This system cannot tie a server to its parent process (prctl failed); a Linux kernel is needed.")
    if os.getppid() != int(parent):  # the parent ended before the kernel was asked
        sys.exit("The process that asked for this server is gone.")
    os.execvp(command[0], command)  # noqa: S606  # no shell is wanted: the command is a list of words


if __name__ == "__main__":
    main()
