"""A running local hub: its servers and services, in the order they need each other, and its clean end."""

import sys
from collections.abc import Callable, Sequence
from time import monotonic, sleep

from deploy.local.errors import ServerError
from deploy.local.kafka import EmbeddedKafka
from deploy.local.mongo import EmbeddedMongo
from deploy.local.ports import is_taken
from deploy.local.prepare import prepared
from deploy.local.process import ServerProcess, ServerSilent, ServerStopped
from deploy.local.reachable import kafka_answers, mongo_is_primary, service_answers
from deploy.local.report import Report
from deploy.local.secret_files import make_secrets
from deploy.local.services import SERVICES, Service
from deploy.local.settings import KAFKA, KAFKA_CONTROLLER, MONGO, LocalSettings
from deploy.local.supervisor import Restartable, Supervisor
from deploy.local.topics import make_topics

_READY_SECONDS = 120.0
_SERVICES_STOP_SECONDS = 6.0
_SERVERS_STOP_SECONDS = 3.0  # together with the services' this stays below ten


class PortTaken(ServerError):
    def __init__(self, port: int, who: str) -> None:
        self.port = port
        super().__init__(
            f"Port {port}, which {who} needs, is taken by another program. Stop that program, or set HUB_PORT_BASE "
            f"to move all of this hub's ports, for example HUB_PORT_BASE=9000."
        )


class ServiceProcess(ServerProcess):
    """One run of one service."""

    def __init__(self, service: Service, settings: LocalSettings) -> None:
        super().__init__(
            service.name,
            [sys.executable, "-m", service.module],
            service.log(settings),
            service.environment(settings),
        )
        self.url = service.http(settings)

    def begin(self) -> None:
        self.start()

    def ready(self) -> bool:
        return service_answers(self.url, "/readyz")


class Hub:
    """Use start(), then watch() until the caller is interrupted, then stop(). stop() is right at any point."""

    def __init__(self, settings: LocalSettings, report: Report, services: Sequence[Service] = SERVICES) -> None:
        self._settings = settings
        self._report = report
        self._services = services
        self._kafka: EmbeddedKafka | None = None
        self._mongo: EmbeddedMongo | None = None
        self.processes: list[ServiceProcess] = []

    def start(self) -> None:
        """Start everything and return when every service is ready. Raise LocalHubError when something is not."""
        self._check_ports()
        make_secrets(self._settings.secrets_dir)
        self._start_servers()
        with self._report.waiting("topics", f"in namespace {self._settings.namespace}"):
            make_topics(self._settings.bootstrap, self._settings.namespace)
        self._start_services()

    def watch(self) -> None:
        """Start again whatever stops, until an exception (Ctrl-C) ends it."""
        embedded: list[Restartable] = [server for server in (self._kafka, self._mongo) if server is not None]
        supervisor = Supervisor([*embedded, *self.processes], self._report.step, monotonic())
        while True:
            supervisor.look(monotonic())
            sleep(0.2)

    def stop(self) -> None:
        """End the services, then the servers they use; by force what takes too long."""
        servers = [server for server in (self._kafka, self._mongo) if server is not None]
        if self.processes or servers:
            self._report.step("Stopping …")
        _stop_all(self.processes, _SERVICES_STOP_SECONDS)
        _stop_all(servers, _SERVERS_STOP_SECONDS)

    def _check_ports(self) -> None:
        needed: dict[int, str] = {}
        for service in self._services:
            needed |= service.taken_ports(self._settings)
        base = self._settings.port_base
        if self._settings.kafka_bootstrap is None:
            needed |= {base + KAFKA: "Kafka", base + KAFKA_CONTROLLER: "Kafka's controller"}
        if self._settings.mongo_url is None:
            needed |= {base + MONGO: "MongoDB"}
        for port, who in needed.items():
            if is_taken(port):
                raise PortTaken(port, who)

    def _start_servers(self) -> None:
        """Start Kafka and MongoDB at the same time, then wait for both; look at those that were given instead."""
        given_kafka, given_mongo = self._settings.kafka_bootstrap, self._settings.mongo_url
        if given_kafka is None or given_mongo is None:
            servers = prepared(self._report)
            base, data = self._settings.port_base, self._settings.data
            if given_mongo is None:
                self._mongo = EmbeddedMongo(data / "mongo", base + MONGO, servers)
                self._mongo.begin()
            if given_kafka is None:
                self._kafka = EmbeddedKafka(data / "kafka", base + KAFKA, base + KAFKA_CONTROLLER, servers)
                self._kafka.begin()
        self._wait_for("MongoDB", self._settings.mongo, self._mongo, lambda: mongo_is_primary(self._settings.mongo))
        self._wait_for("Kafka", self._settings.bootstrap, self._kafka, lambda: kafka_answers(self._settings.bootstrap))

    def _wait_for(
        self, name: str, address: str, server: EmbeddedKafka | EmbeddedMongo | None, answers: Callable[[], bool]
    ) -> None:
        variable = {"MongoDB": "HUB_MONGO_URL", "Kafka": "HUB_KAFKA_BOOTSTRAP"}[name]
        whose = "embedded" if server else f"given by {variable}"
        with self._report.waiting(name, f"{without_password(address)} ({whose})"):
            if server is not None:
                server.wait_ready()
            elif not answers():
                raise ServerError(
                    f"{name} at {without_password(address)}, given by {variable}, does not answer. Start it, correct "
                    f"the address, or unset {variable} to use the embedded one."
                )

    def _start_services(self) -> None:
        self.processes = [ServiceProcess(service, self._settings) for service in self._services]
        for process in self.processes:
            process.start()
        deadline = monotonic() + _READY_SECONDS
        for process in self.processes:
            with self._report.waiting(process.name, process.url):
                _wait_ready(process, self.processes, deadline)


def _wait_ready(process: ServiceProcess, all_of_them: Sequence[ServiceProcess], deadline: float) -> None:
    while not process.ready():
        for one in all_of_them:
            if not one.running:
                raise ServerStopped(one.name, one.returncode, one.log)
        if monotonic() > deadline:
            raise ServerSilent(process.name, _READY_SECONDS, process.log)
        sleep(0.1)


def _stop_all(processes: Sequence[ServerProcess | EmbeddedKafka | EmbeddedMongo], seconds: float) -> None:
    for process in processes:
        process.terminate()
    deadline = monotonic() + seconds
    for process in processes:
        process.stop(max(0.1, deadline - monotonic()))


def without_password(address: str) -> str:
    """The address as it may stand on a screen: user and password left out."""
    scheme, separator, rest = address.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
