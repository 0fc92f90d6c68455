"""A real MongoDB on this machine: a one-node replica set (for transactions and change streams), 127.0.0.1 only."""

from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.ports import LOCALHOST, free_ports
from deploy.local.process import ServerProcess
from deploy.local.reachable import mongo_is_primary
from deploy.local.servers import Servers, installed
from deploy.local.settings import MONGO_REPLICA_SET

_START_SECONDS = 120
_STOP_SECONDS = 6
_NOT_YET_INITIALIZED = 94
_PATIENCE_MS = 500  # of one attempt to talk to a server that is starting


class EmbeddedMongo:
    """MongoDB with its data and log under data_dir (data/, logs/mongod.log).

    Without a port it takes a free one and keeps it over restarts; other ports on the same data work too. kill() is
    SIGKILL: start() afterwards recovers the same data. The process ends with the Python process that started it.
    """

    def __init__(
        self, data_dir: Path, port: int | None = None, servers: Servers | None = None, cache_gb: float = 1.0
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port or free_ports(1)[0]
        self._data = self.data_dir / "data"
        servers = servers or installed()
        command = self._command(servers.mongod, cache_gb)
        self._process = ServerProcess(
            "MongoDB", command, self.data_dir / "logs" / "mongod.log", servers.mongod_environment
        )

    def _command(self, mongod: Path, cache_gb: float) -> list[str]:
        options = {
            "--dbpath": str(self._data),
            "--port": str(self.port),
            "--bind_ip": LOCALHOST,
            "--replSet": MONGO_REPLICA_SET,
            "--wiredTigerCacheSizeGB": str(cache_gb),
            "--oplogSize": "512",
        }
        parameters = {
            "diagnosticDataCollectionEnabled": "false",
            "shutdownTimeoutMillisForSignaledShutdown": "100",  # no other member to hand over to
            "transactionLifetimeLimitSeconds": "30",
        }
        return [
            str(mongod),
            "--nounixsocket",
            "--quiet",
            *(word for pair in options.items() for word in pair),
            *(word for name, value in parameters.items() for word in ("--setParameter", f"{name}={value}")),
        ]

    @property
    def url(self) -> str:
        return f"mongodb://{LOCALHOST}:{self.port}/?replicaSet={MONGO_REPLICA_SET}"

    name = "MongoDB"

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.running

    @property
    def log(self) -> Path:
        return self._process.log

    def start(self) -> None:
        """Return when the server is primary and takes writes. Raise ServerError with the end of its log otherwise."""
        self.begin()
        self.wait_ready()

    def begin(self) -> None:
        """Start without waiting, so that other servers can start meanwhile; wait_ready() does the rest."""
        self._data.mkdir(parents=True, exist_ok=True)
        self._process.start()

    def wait_ready(self) -> None:
        self._process.wait_until(self._configured, _START_SECONDS)
        self._process.wait_until(lambda: mongo_is_primary(self.url), _START_SECONDS)

    def stop(self, timeout: float = _STOP_SECONDS) -> None:
        """End the server cleanly; after timeout seconds by force, which loses no acknowledged write either."""
        self._process.stop(timeout)

    def terminate(self) -> None:
        """Ask the server to end without waiting; stop() waits."""
        self._process.terminate()

    def kill(self) -> None:
        """End the server with SIGKILL."""
        self._process.kill()

    def _configured(self) -> bool:
        """Make the replica set know its one member under the present port. False while the server starts."""
        member = {"_id": 0, "host": f"{LOCALHOST}:{self.port}"}
        with MongoClient[dict[str, object]](
            LOCALHOST, self.port, directConnection=True, serverSelectionTimeoutMS=_PATIENCE_MS
        ) as client:
            try:
                config = client.admin.command("replSetGetConfig")["config"]
                if config["members"][0]["host"] != member["host"]:
                    changed = {**config, "version": config["version"] + 1, "members": [member]}
                    client.admin.command("replSetReconfig", changed, force=True)
            except OperationFailure as refusal:
                if refusal.code != _NOT_YET_INITIALIZED:
                    return False
                client.admin.command("replSetInitiate", {"_id": MONGO_REPLICA_SET, "members": [member]})
            except PyMongoError:
                return False
        return True
