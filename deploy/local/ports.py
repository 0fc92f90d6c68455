"""Local TCP ports: which are free, which are taken."""

import socket
from contextlib import ExitStack

LOCALHOST = "127.0.0.1"


def free_ports(count: int) -> tuple[int, ...]:
    """Return different ports that the system says are free at this moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOCALHOST, 0))
        return tuple(one.getsockname()[1] for one in sockets)


def is_taken(port: int) -> bool:
    """True when a server could not listen on this port now. A port in TIME_WAIT counts as free."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((LOCALHOST, port))
        except OSError:
            return True
    return False
