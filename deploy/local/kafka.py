"""A real Kafka on this machine: one KRaft node, broker and controller in one process, on 127.0.0.1 only."""

import base64
import uuid
from pathlib import Path

from deploy.local.errors import ServerError
from deploy.local.ports import LOCALHOST, free_ports
from deploy.local.process import ServerProcess
from deploy.local.reachable import kafka_answers
from deploy.local.servers import Servers, installed

_START_SECONDS = 120  # a loaded machine with a long log to check
_STOP_SECONDS = 6

_JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",  # the smallest and the quickest to start; pauses stay short with half a gigabyte
    # Only the quick compiler: it halves the start, and on two busy cores 300,000 events in and out cost 19 s of
    # processor time instead of 32 s, at no lower rate; the better code of the second compiler does not earn its cost.
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Djava.net.preferIPv4Stack=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)

_SETTINGS = """\
process.roles=broker,controller
node.id=1
listeners=BROKER://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=BROKER://{host}:{port}
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
# Named here and not kept in the data, so that a hub may come back on other ports.
controller.quorum.voters=1@{host}:{controller_port}
log.dirs={data}
# One node: its internal topics cannot have copies, nor does it need fifty partitions of them.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# After a kill the broker may come back once its last session is over.
broker.session.timeout.ms=5000
broker.heartbeat.interval.ms=500
# The first consumer of a group need not wait for others.
group.initial.rebalance.delay.ms=0
# Topics have partitions and settings that matter: they are made on purpose or not at all.
auto.create.topics.enable=false
message.max.bytes=4194304
replica.fetch.max.bytes=4194304
# The log is the truth: it is kept for ever.
log.retention.ms=-1
log.retention.bytes=-1
# Segments are made when written, not in advance: hundreds of partitions fit on a small disk.
log.index.size.max.bytes=1048576
"""


class EmbeddedKafka:
    """Kafka with its data, settings and log under data_dir (data/, server.properties, logs/kafka.log).

    Without ports it takes free ones and keeps them over restarts. kill() is SIGKILL: start() afterwards recovers the
    same data. The process ends with the Python process that started it.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        controller_port: int | None = None,
        servers: Servers | None = None,
        jvm: tuple[str, ...] = (),
    ) -> None:
        free = free_ports(2)
        self.data_dir = data_dir.absolute()
        self.port = port or free[0]
        self.controller_port = controller_port or free[1]
        self._servers = servers or installed()
        self._java = (str(self._servers.java), *_JVM, *self._archive(), *jvm, "-cp", self._servers.kafka_classpath)
        self._settings = self.data_dir / "server.properties"
        self._process = ServerProcess(
            "Kafka", [*self._java, "kafka.Kafka", str(self._settings)], self.data_dir / "logs" / "kafka.log"
        )

    @property
    def bootstrap(self) -> str:
        return f"{LOCALHOST}:{self.port}"

    name = "Kafka"

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
        """Return when the broker answers clients. Raise ServerError with the end of its log when it does not."""
        self.begin()
        self.wait_ready()

    def begin(self) -> None:
        """Start without waiting, so that other servers can start meanwhile; wait_ready() does the rest."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(
            _SETTINGS.format(
                host=LOCALHOST, port=self.port, controller_port=self.controller_port, data=self.data_dir / "data"
            )
        )
        if not (self.data_dir / "data" / "meta.properties").exists():
            self._format()
        self._process.start()

    def wait_ready(self) -> None:
        self._process.wait_until(lambda: kafka_answers(self.bootstrap), _START_SECONDS)

    def stop(self, timeout: float = _STOP_SECONDS) -> None:
        """End the broker cleanly; after timeout seconds by force, which loses nothing either."""
        self._process.stop(timeout)

    def terminate(self) -> None:
        """Ask the broker to end without waiting; stop() waits."""
        self._process.terminate()

    def kill(self) -> None:
        """End the broker with SIGKILL."""
        self._process.kill()

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # Joined by =, because one id in 64 begins with a hyphen and would be taken for an option.
        words = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "--config", str(self._settings)]
        tool = ServerProcess("Kafka's storage tool", [*self._java, *words], self.log)
        tool.start()
        tool.wait_until(lambda: not tool.running, _START_SECONDS)
        if tool.returncode != 0:
            raise ServerError(f"Kafka could not make its data directory in {self.data_dir}; see {self.log}.")

    def _archive(self) -> tuple[str, ...]:
        archive = self._servers.kafka_archive
        return (f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off") if archive.exists() else ()
