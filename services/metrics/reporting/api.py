"""The HTTP API of reports: a day or a week, as JSON, as a table and as a page to print."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.metrics.api import Definitions
from services.metrics.domain.kpis import Choice
from services.metrics.domain.periods import NoPeriod, Period, day, reportable, week
from services.metrics.reporting.making import Reporting, Wanted
from services.metrics.reporting.page import as_page
from services.metrics.reporting.shapes import Report
from services.metrics.reporting.table import as_csv
from services.metrics.zones import Zone
from shared.auth import allow
from shared.problems import Problem

_readers = Depends(allow("supervisor", "ops"))
Format = Literal["json", "csv", "html"]
_MEDIA: dict[str, Format] = {"application/json": "json", "text/csv": "csv", "text/html": "html"}
_ANY: dict[str, Format] = {"*/*": "json", "application/*": "json", "text/*": "csv"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": Report, "content": {"text/csv": {}, "text/html": {}}, "description": "The report."}
}


class _ReportQuery(BaseModel):
    """zone: in which days begin at midnight. definition: repeated, or with commas, for several side by side. format: or
    the header Accept; JSON unless told.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Zone = "UTC"
    definition: Annotated[list[Definitions], Field(max_length=20)] = ["strict"]
    format: Format | None = None

    @property
    def names(self) -> str:
        """Of the definitions, with commas."""
        return ",".join(self.definition)


class DailyQuery(_ReportQuery):
    """Which day."""

    date: date


class WeeklyQuery(_ReportQuery):
    """Which week, by ISO 8601, such as 2026-W47."""

    week: Annotated[str, Field(max_length=20)]


def report_routes(reporting: Reporting, clock: Callable[[], datetime]) -> APIRouter:
    """The routes under /v1/reports."""
    router = APIRouter(prefix="/v1/reports", dependencies=[_readers])

    @router.get("/daily", responses=_ANSWERS, response_class=Response, summary="A day's report")
    async def get_daily(query: Annotated[DailyQuery, Query()], accept: Annotated[str, Header()] = "*/*") -> Response:
        """Standards, actual values, deviations and what changed, for everything and each queue."""
        return await _answer(query, accept, lambda zone: day(query.date, zone))

    @router.get("/weekly", responses=_ANSWERS, response_class=Response, summary="A week's report")
    async def get_weekly(query: Annotated[WeeklyQuery, Query()], accept: Annotated[str, Header()] = "*/*") -> Response:
        """The same of a week from Monday to Sunday."""
        return await _answer(query, accept, lambda zone: week(query.week, zone))

    async def _answer(query: _ReportQuery, accept: str, cut: Callable[[ZoneInfo], Period]) -> Response:
        wanted, now = query.format or _acceptable(accept), clock()
        try:
            period = reportable(cut(ZoneInfo(query.zone)), now)
        except NoPeriod as error:
            raise Problem(422, str(error)) from error
        choice = Choice.of(query.names.split(","))
        made = await reporting.make(Wanted(period=period, zone=query.zone, choice=choice, names=query.names), now)
        return _written(made, wanted)

    return router


def _written(report: Report, wanted: Format) -> Response:
    headers = {"Vary": "Accept", "Cache-Control": "no-store"}
    if wanted == "csv":
        name = f"{report.kind}-{report.period.name}.csv"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return Response(as_csv(report), headers=headers, media_type="text/csv; charset=utf-8; header=present")
    if wanted == "html":
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        return Response(as_page(report), headers=headers, media_type="text/html; charset=utf-8")
    return Response(report.model_dump_json(by_alias=True), headers=headers, media_type="application/json")


def _acceptable(accept: str) -> Format:
    """What the header likes best of what there is; Problem 406."""
    liked: list[tuple[float, int, Format]] = []
    for place, part in enumerate(accept.lower().split(",")):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        found = (_MEDIA | _ANY).get(media)
        if found and (weight := _weight(quality)) > 0:
            liked.append((-weight, place, found))
    if not liked:
        raise Problem(406, f"A report comes as {', '.join(_MEDIA)}. Accept one of them, or name it with `format`.")
    return min(liked)[2]


def _weight(quality: str) -> float:
    try:
        return float(quality)
    except ValueError:
        return 0.0
