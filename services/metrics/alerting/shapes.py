"""What the API takes and answers of alerts and webhooks."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.metrics.alerting.states import deviation_of
from services.metrics.alerting.webhooks import Webhook, WebhookKind
from services.metrics.domain.signing import secret_bytes
from shared.contracts.kpi_deviations import AlertLevel, Deviation, DeviationCause, DeviationChange
from shared.contracts.kpis import KpiWindow
from shared.contracts.targets import TargetRule
from shared.contracts.values import ID
from shared.mongo import Document

WebhookId = Annotated[str, Path(pattern=ID)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Acknowledgement(_Body):
    """by: who looks after the alert."""

    by: str
    at: datetime
    note: str


class Acknowledging(_Body):
    """note: what is being done, for the others."""

    note: Annotated[str, Field(max_length=2_000)] = ""


class DeviationShown(_Body):
    """One step of an alert."""

    number: int
    change: DeviationChange
    cause: DeviationCause
    before: AlertLevel
    after: AlertLevel
    value: float | None
    volume: int | None
    at: datetime
    rule: TargetRule
    version: str

    @classmethod
    def of(cls, deviation: Deviation) -> Self:
        """The deviation, without what its alert says already."""
        return cls(**{name: getattr(deviation, name) for name in cls.model_fields})


class AlertShown(_Body):
    """An alert. queue: `*` is everything together. value: the figure now, null if it is unknown or the alert has ended.

    is_known: whether the figure is known now; while it is not, the alert stays as it is.
    """

    id: str
    queue: str
    kpi: str
    window: KpiWindow
    definition: str
    level: AlertLevel
    began: datetime
    changed: datetime
    ended: datetime | None
    value: float | None
    is_known: bool
    acknowledged: Acknowledgement | None
    deviations: list[DeviationShown]

    @classmethod
    def of(cls, alert: Document, value: float | None) -> Self:
        """The stored alert, with the figure of now."""
        same: dict[str, Any] = {name: alert[name] for name in _SAME}
        steps = [DeviationShown.of(deviation_of(step)) for step in alert["deviations"]]
        return cls(id=alert["_id"], value=value, is_known=value is not None, deviations=steps, **same)


_SAME = ("queue", "kpi", "window", "definition", "level", "began", "changed", "ended", "acknowledged")


class AlertPage(_Body):
    """A page of alerts. next: the cursor of the page behind it, or null."""

    items: list[AlertShown]
    next: str | None = None


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError("a webhook's url begins with http:// or https:// and names a host, and a port if need be")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a webhook's url has no user or password, since it is shown; the signature says who sends")
    if parts.fragment:
        raise ValueError("a webhook's url has no fragment (#…), since none is sent")
    return url


def _secret(secret: str) -> str:
    secret_bytes(secret)
    return secret


class WebhookWanted(_Body):
    """Where to tell of alerts. kind: `hub` posts signed events, `alertmanager` posts alerts to {url}/api/v2/alerts.

    secret: what signatures are made with; it is never shown. Without it, the one that the webhook has stays.
    """

    url: Annotated[str, Field(max_length=2_000), AfterValidator(_address)]
    kind: WebhookKind = "hub"
    secret: Annotated[str, AfterValidator(_secret)] | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _is_sensible(self) -> Self:
        if self.kind == "alertmanager" and self.secret is not None:
            raise ValueError("an Alertmanager checks no signatures; leave secret out")
        if self.kind == "alertmanager" and urlsplit(self.url).query:
            raise ValueError("an Alertmanager's url has no query (?…), since /api/v2/alerts is put behind it")
        return self

    def webhook(self, name: str) -> Webhook:
        """The webhook of that name."""
        return Webhook(id=name, url=self.url, kind=self.kind, secret=self.secret)


class FailureShown(_Body):
    """reason: why the receiver did not take something."""

    at: datetime
    reason: str


class WebhookShown(_Body):
    """A webhook. waiting: deliveries that are still tried; dead: those that were given up after a day."""

    id: str
    url: str
    kind: WebhookKind
    has_secret: bool
    last_delivered: datetime | None
    last_failure: FailureShown | None
    waiting: int
    dead: int

    @classmethod
    def of(cls, webhook: Document, counts: dict[tuple[str, str], int]) -> Self:
        """The stored webhook, with how many deliveries it was not told."""
        own = webhook["_id"]
        return cls(
            id=own,
            url=webhook["url"],
            kind=webhook["kind"],
            has_secret=webhook["secret"] is not None,
            last_delivered=webhook["last_delivered"],
            last_failure=webhook["last_failure"],
            waiting=counts.get((own, "waiting"), 0),
            dead=counts.get((own, "dead"), 0),
        )


class WebhookList(_Body):
    """Every webhook. next: always null, there is only one page."""

    items: list[WebhookShown]
    next: None = None


class DeliveryShown(_Body):
    """An event that a webhook was not told yet. due: when it is tried next."""

    event: str
    alert: str
    state: Literal["waiting", "dead"]
    created: datetime
    due: datetime
    attempts: int
    failure: str | None

    @classmethod
    def of(cls, delivery: Document) -> Self:
        """The stored delivery."""
        return cls(**{name: delivery[name] for name in cls.model_fields})


class DeliveryList(_Body):
    """What a webhook was not told, the oldest first, a hundred at most. next: always null."""

    items: list[DeliveryShown]
    next: None = None
