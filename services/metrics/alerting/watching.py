"""Holds the figures against the rules, about once a second, in one process: the owner of the tickets' partition 0."""

from collections.abc import Callable
from datetime import datetime

import structlog

from services.metrics.alerting.states import AlertStates, Stored, Superseded
from services.metrics.domain.alerting import RuleState, Sight, evaluate, reading_of, withdraw
from services.metrics.domain.kpis import Choice
from services.metrics.domain.rules import QueueRule, rules_of
from services.metrics.live import Live
from services.metrics.targets import Targets
from shared import metrics
from shared.contracts.envelope import event_id
from shared.contracts.kpi_deviations import Deviation
from shared.contracts.kpis import KpiWindow
from shared.contracts.targets import EVERYTHING, TargetRule
from shared.contracts.values import to_milliseconds

log = structlog.get_logger()

SOURCE = "/metrics/alerts"


class Watch:
    """Evaluates every rule. told: called when there is a deviation to tell."""

    def __init__(
        self,
        live: Callable[[], Live],
        targets: Targets,
        states: AlertStates,
        clock: Callable[[], datetime],
        told: Callable[[], None],
    ) -> None:
        self._live = live
        self._targets = targets
        self._states = states
        self._clock = clock
        self._told = told
        self._known: dict[str, Stored] | None = None
        self._complete_until: datetime | None = None

    def forget(self) -> None:
        """Another process evaluates from now on, so what is known here grows old."""
        self._known = None

    async def evaluate(self) -> None:
        """Evaluates every rule once, and ends the alerts of rules that are gone."""
        if self._known is None:
            self._known = await self._states.all()
        rules = rules_of(await self._targets.with_rules())
        try:
            await self._evaluate(rules, self._known)
            await self._withdraw(rules, self._known)
        except Superseded as superseded:
            log.info("alerts_superseded", reason=str(superseded))
            self.forget()

    async def _evaluate(self, rules: dict[str, QueueRule], known: dict[str, Stored]) -> None:
        figures = Figures(self._live, self._complete_until)
        for key, watched in rules.items():
            sight = await figures.of(watched.rule)
            self._complete_until = sight.complete_until
            at = to_milliseconds(self._clock())
            stored = known.get(key) or Stored(watched=watched, state=RuleState(), revision=0)
            stored = Stored(watched=watched, state=stored.state, revision=stored.revision)
            reading = reading_of(watched, sight, at)
            new_alert = event_id(SOURCE, f"{key} {at.isoformat()}")
            state, deviation = evaluate(watched, stored.state, reading, new_alert)
            if state != stored.state:
                known[key] = await self._put(stored, state, deviation)

    async def _withdraw(self, rules: dict[str, QueueRule], known: dict[str, Stored]) -> None:
        for key, stored in known.items():
            if key not in rules and stored.state != RuleState():
                deviation = withdraw(stored.watched, stored.state, to_milliseconds(self._clock()))
                known[key] = await self._put(stored, RuleState(), deviation)

    async def _put(self, stored: Stored, state: RuleState, deviation: Deviation | None) -> Stored:
        after = await self._states.put(stored, state, deviation)
        if deviation:
            metrics.kpi_deviations.labels(deviation.change).inc()
            self._told()
        return after


class Figures:
    """Figures for rules, each window and definition measured once. complete_until: what was known of it last, for when
    Kafka does not answer just now.
    """

    def __init__(self, live: Callable[[], Live], complete_until: datetime | None = None) -> None:
        self._live = live
        self._complete_until = complete_until
        self._measured: dict[tuple[KpiWindow, str], Sight] = {}

    async def of(self, rule: TargetRule) -> Sight:
        """The figures that the rule speaks of, by queue."""
        which = (rule.window, rule.definition)
        if which not in self._measured:
            measurement = await self._live().measure(which[0], ("all", "queue"), Choice.of([which[1]]))
            kpis = {item.key.get("queue", EVERYTHING): item.kpis for item in measurement.items}
            self._complete_until = measurement.complete_until or self._complete_until
            self._measured[which] = Sight(kpis=kpis, complete_until=self._complete_until)
        return self._measured[which]
