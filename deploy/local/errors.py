"""What `hub` shows as one sentence instead of a traceback.

LocalHubError
├── WrongSetting            the person has to change a setting, an option or a file: exit code 2
└── ServerError             something that should run does not: exit code 1
    ├── FetchFailed         a server could not be downloaded, or is not what the lock names (download.py)
    ├── MachineUnfit        this machine cannot run an embedded server (machine.py)
    ├── ServersNotFetched   the servers are needed, but nobody fetched them yet (servers.py)
    ├── ServerStopped       a process ended while it was needed (process.py)
    └── ServerSilent        a process runs but did not become ready in time (process.py)
"""


class LocalHubError(Exception):
    """The message is a sentence that says what to do."""

    exit_code = 1


class WrongSetting(LocalHubError):
    exit_code = 2


class ServerError(LocalHubError):
    pass
