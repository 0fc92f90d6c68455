"""A report as JSON; the table and the page are made from it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.metrics.domain.periods import ReportKind
from services.metrics.domain.report import Source
from shared.contracts.kpi_deviations import AlertLevel
from shared.contracts.kpis import KpiDefinition, KpiWindow
from shared.contracts.targets import Aim

Since = Annotated[datetime, Field(serialization_alias="from")]
Until = Annotated[datetime, Field(serialization_alias="to")]
Figure = float | None


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PeriodShown(_Shown):
    """[from, to), midnight to midnight in the report's time zone."""

    name: str
    since: Since
    until: Until


class StandardShown(_Shown):
    """What a figure should reach, and what became of it. source: `target`, or a level of a rule. window: of that rule;
    here its level is held against the whole period. deviation: the value less the level. met: null while the figure is
    null, has less behind it than the rule asks for, or is one of now.
    """

    kpi: str
    definition: str | None
    aim: Aim
    level: float
    source: Source
    window: KpiWindow | None
    value: Figure
    deviation: Figure
    met: bool | None


class CourseShown(_Shown):
    """The main figures of an hour of the day, or of a day of the week."""

    since: Since
    until: Until
    kpis: dict[str, Figure]


class Retold(_Shown):
    """A figure as it stood when the period was over, and as it is now."""

    first_told: Figure
    now: Figure


class ReportItem(_Shown):
    """Everything (key {}), or a queue. before: the period before; change: by how much each figure is above that.

    also, also_before: where several definitions were asked for, each figure by each. provisional: of a KPI that is
    certain only after some days, how many of the tickets that count as good may yet turn out otherwise. retold: what
    was told otherwise when the period was over. contacts: those behind the figures; add `kpi` to see one's.
    """

    key: dict[str, str]
    kpis: dict[str, Figure]
    before: dict[str, Figure]
    change: dict[str, Figure]
    also: dict[str, dict[str, Figure]] | None
    also_before: dict[str, dict[str, Figure]] | None
    provisional: dict[str, int] | None = None
    standards: list[StandardShown]
    course: list[CourseShown]
    retold: dict[str, Retold]
    contacts: str


class AgentReported(_Shown):
    """What an agent did. also: where several definitions were asked for. contacts: those behind the figures."""

    agent: str
    kpis: dict[str, Figure]
    also: dict[str, dict[str, Figure]] | None
    contacts: str


class DeviationReported(_Shown):
    """An alert that was open within the period. queue: `*` is everything. level: the worst it reached there; value: the
    figure that was furthest beyond. seconds: for how long it was open within the period.
    """

    alert: str
    queue: str
    kpi: str
    definition: str
    window: KpiWindow
    aim: Aim
    level: AlertLevel
    value: Figure
    began: datetime
    ended: datetime | None
    seconds: float
    acknowledged_by: str | None


class RestatementReported(_Shown):
    """The figures of a quarter of an hour that were told otherwise before, of those that differ. at: when that became
    known. is_new: after the report was last made. causes: ids of the events that came late.
    """

    since: Since
    until: Until
    key: dict[str, str]
    revision: int
    at: datetime
    is_new: bool
    changed: dict[str, Retold]
    causes: list[str]


class Restatements(_Shown):
    """What became known after the period was over. count: all of them; items: the newest. new: since the report was
    last made.
    """

    count: int
    new: int
    items: list[RestatementReported]


class Report(_Shown):
    """What a day or a week should have been, what it was, how it deviates, and what changed.

    made: now; last_made: when the same report was made before. complete_until: what lies before it has been summed;
    is_complete: whether that is all of the period. definitions: of every figure, as it is told here. agents: those who
    were signed in or had a contact. deviations: alerts within the period, by queue.
    """

    kind: ReportKind
    time_zone: str
    period: PeriodShown
    before: PeriodShown
    made: datetime
    last_made: datetime | None
    complete_until: datetime
    is_complete: bool
    definitions: list[KpiDefinition]
    items: list[ReportItem]
    agents: list[AgentReported]
    deviations: list[DeviationReported]
    restatements: Restatements
