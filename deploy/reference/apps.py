"""Every service's FastAPI app, built as its composition root builds it but without a server or client behind it.

An integration test compares what is written here with the app of the real composition root.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.ingest import api as ingest_api
from services.ingest import main as ingest
from services.ingest.dead_letters_api import LetterPorts, dead_letter_routes
from services.ingest.settings import IngestSettings
from services.metrics import main as metrics
from services.metrics.alerting.parts import alert_routers
from services.metrics.api import kpi_routes
from services.metrics.api_history import history_routes
from services.metrics.drilling.api import drill_routes
from services.metrics.reporting.api import report_routes
from services.metrics.targets_api import target_routes
from services.profile import api as profile_api
from services.profile import main as profile
from services.profile.domain.policy import Access
from services.profile.ports import Ports
from services.routing import main as routing
from shared.readiness import Readiness
from shared.web import build_app


class _Absent:
    """Stands where a client would: a route only uses it when it is called, which never happens here."""

    def __getattr__(self, name: str) -> "_Absent":
        return self

    def __call__(self, *_: object, **__: object) -> "_Absent":
        return self


_ABSENT: Any = _Absent()


@cache
def app_of(service: str) -> FastAPI:
    """The service's app with all its routes."""
    return _BUILDERS[service]()


def _ingest() -> FastAPI:
    app = _bare("ingest", ingest.DESCRIPTION)
    settings = IngestSettings(
        kafka_bootstrap="kafka:9092",
        mongo_url="mongodb://mongo",
        http_port=8001,
        smtp_port=8025,
        secrets_dir=Path("secrets"),
    )
    ports = dict.fromkeys(("acceptance", "identities", "conversations", "room", "twilio", "originals"), _ABSENT)
    ingest_api.add_routes(app, ingest_api.Ports(settings=settings, **ports))
    letters = dict.fromkeys(("letters", "keyring", "publisher"), _ABSENT)
    app.include_router(dead_letter_routes(LetterPorts(namespace=settings.namespace, **letters)))
    return app


def _profile() -> FastAPI:
    app = _bare("profile", profile.DESCRIPTION)
    ports = dict.fromkeys(Ports.__dataclass_fields__, _ABSENT) | {"access": Access()}
    profile_api.add_routes(app, Ports(**ports))
    return app


def _routing() -> FastAPI:
    app = _bare("routing", routing.DESCRIPTION)
    routing.add_routes(app, *[_ABSENT] * 8)
    return app


def _metrics() -> FastAPI:
    app = _bare("metrics", metrics.DESCRIPTION)
    kpis = kpi_routes(_ABSENT), history_routes(_ABSENT, _ABSENT, _ABSENT), target_routes(_ABSENT, _ABSENT)
    behind = drill_routes(_ABSENT, _ABSENT), report_routes(_ABSENT, _ABSENT)
    for router in (*kpis, *behind, *alert_routers(*[_ABSENT] * 6)):
        app.include_router(router)
    return app


def _bare(service: str, description: str) -> FastAPI:
    return build_app(service, description, jwt_key=bytes(32), readiness=Readiness())


_BUILDERS: Mapping[str, Callable[[], FastAPI]] = {
    "ingest": _ingest,
    "profile": _profile,
    "routing": _routing,
    "metrics": _metrics,
}
