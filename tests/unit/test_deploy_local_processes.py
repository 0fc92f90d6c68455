"""Child processes: they end with their parent, whichever thread started them, and are started again when they stop."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic, sleep

import pytest

from deploy.local.errors import ServerError
from deploy.local.lock import AlreadyRunning, only_hub_on
from deploy.local.ports import free_ports, is_taken
from deploy.local.process import ServerProcess, ServerSilent, ServerStopped
from deploy.local.supervisor import Supervisor

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [
    sys.executable,
    "-uc",
    "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up')\nwhile True: signal.pause()",
]
PARENT = """
import pathlib, sys
from deploy.local.process import ServerProcess
child = ServerProcess("child", [sys.executable, "-c", "import signal; signal.pause()"], pathlib.Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
sys.stdin.read()
"""


def is_alive(pid: int) -> bool:
    """False for a process that is gone or only waits for its exit code to be read."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_gone(pid: int, seconds: float = 10) -> bool:
    deadline = monotonic() + seconds
    while is_alive(pid):
        if monotonic() > deadline:
            return False
        sleep(0.02)
    return True


def test_a_killed_parent_leaves_no_child_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    assert wait_gone(child)


def test_a_child_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    child = ServerProcess("child", FOREVER, tmp_path / "log")
    thread = threading.Thread(target=child.start)
    thread.start()
    thread.join()
    try:
        with pytest.raises(ServerSilent):  # that is: it neither stops nor becomes ready
            child.wait_until(lambda: False, 0.3)
        assert child.running
    finally:
        child.kill()


def test_a_child_is_not_in_its_parents_session_so_ctrl_c_does_not_reach_it(tmp_path: Path) -> None:
    child = ServerProcess("child", FOREVER, tmp_path / "log")
    child.start()
    try:
        assert os.getsid(child.pid) != os.getsid(0)
    finally:
        child.kill()


def test_a_child_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    child = ServerProcess("child", STUBBORN, tmp_path / "log")
    child.start()
    child.wait_until(lambda: "up" in child.log.read_text(), 10)
    assert not child.stop(timeout=0.1)
    assert child.returncode == -signal.SIGKILL


def test_a_child_that_stops_while_it_is_waited_for_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = ServerProcess("Kafka", [sys.executable, "-c", "print('no disk'); raise SystemExit(3)"], tmp_path / "log")
    child.start()
    with pytest.raises(ServerStopped, match=r"Kafka stopped with exit code 3.*\n  no disk"):
        child.wait_until(lambda: False, 10)


def test_a_child_can_be_started_again_and_appends_to_its_log(tmp_path: Path) -> None:
    child = ServerProcess("child", [sys.executable, "-c", "print('here')"], tmp_path / "log")
    for _ in range(2):
        child.start()
        child.wait_until(lambda: not child.running, 10)
    assert child.log.read_text() == "here\nhere\n"


def test_a_process_that_was_never_started_has_no_id(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="has not been started"):
        _ = ServerProcess("child", FOREVER, tmp_path / "log").pid


class Scripted:
    """A process whose life the test decides."""

    name = "profile"
    log = Path("profile.log")
    pid = 1

    def __init__(self) -> None:
        self.running = True
        self.returncode: int | None = None
        self.starts = 0

    def die(self) -> None:
        self.running, self.returncode = False, -9

    def begin(self) -> None:
        self.running, self.starts = True, self.starts + 1


def test_a_service_that_dies_is_started_again_and_the_hub_says_so() -> None:
    process, said = Scripted(), list[str]()
    supervisor = Supervisor([process], said.append, now=0)
    process.die()
    supervisor.look(1.0)
    supervisor.look(1.4)
    assert process.starts == 0
    supervisor.look(1.5)
    assert process.starts == 1
    assert said == [
        "profile stopped (killed by signal 9); starting it again in 0.5 s. Its log: profile.log",
        "profile is started again (process 1)",
    ]


def test_a_service_that_keeps_dying_waits_longer_each_time_up_to_half_a_minute() -> None:
    process, said = Scripted(), list[str]()
    supervisor = Supervisor([process], said.append, now=0)
    now = 0.0
    for _ in range(9):
        process.die()
        supervisor.look(now)
        now += 30
        supervisor.look(now)
    waits = [sentence.split("again in ")[1].split(" s.")[0] for sentence in said if "stopped" in sentence]
    assert waits == ["0.5", "1", "2", "4", "8", "16", "30", "30", "30"]


def test_a_service_that_ran_for_a_minute_starts_with_a_clean_record() -> None:
    process, said = Scripted(), list[str]()
    supervisor = Supervisor([process], said.append, now=0)
    for now in (0.0, 100.0, 200.0):
        process.die()
        supervisor.look(now)
        supervisor.look(now + 1)
    assert [sentence for sentence in said if "stopped" in sentence][-1].count("again in 0.5 s") == 1


def test_a_second_hub_on_the_same_data_is_refused_and_told_who_is_there(tmp_path: Path) -> None:
    with (
        only_hub_on(tmp_path),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()}.*HUB_DATA"),
        only_hub_on(tmp_path),
    ):
        pass


def test_the_data_is_free_again_when_the_hub_has_ended(tmp_path: Path) -> None:
    with only_hub_on(tmp_path):
        pass
    with only_hub_on(tmp_path):
        pass


def test_a_port_is_taken_while_somebody_listens_on_it() -> None:
    (port,) = free_ports(1)
    assert not is_taken(port)
    with socket.create_server(("127.0.0.1", port)):
        assert is_taken(port)
