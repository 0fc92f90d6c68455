"""A receiver of webhooks, over real HTTP: it keeps what it is posted, and answers as it is told to."""

import base64
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@dataclass(frozen=True, slots=True)
class Posted:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 (any JSON)
        return orjson.loads(self.body)

    def is_signed(self, key: bytes = KEY) -> bool:
        """As the Standard Webhooks specification says: HMAC-SHA256 of id, timestamp and body, joined by dots."""
        signed = b".".join((self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), self.body))
        digest = base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
        return hmac.compare_digest(self.headers["webhook-signature"], f"v1,{digest}")


@dataclass(slots=True)
class Receiver:
    """answer: the status for the n-th request, from 0. moved_to: where a 3xx sends its client."""

    url: str = ""
    answer: Callable[[int], int] = lambda _: 204
    moved_to: str = ""
    posted: list[Posted] = field(default_factory=list)
    taken: list[Posted] = field(default_factory=list)

    def take(self, posted: Posted) -> int:
        """The status to answer with."""
        status = self.answer(len(self.posted))
        self.posted.append(posted)
        if status < 300:
            self.taken.append(posted)
        return status


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(Posted(self.path, headers, body)))
            if receiver.moved_to:
                self.send_header("location", receiver.moved_to)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name it has in its base class)
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
