"""Small charts in SVG: bars of contacts and a line of the service level over the hours of a day or the days of a week.

They need no script, print on paper, and tell apart by shape and place as well as by colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from services.metrics.reporting.html import Part, el

_WIDTH, _HEIGHT = 460, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 24, 22
_INNER = _WIDTH - _LEFT - _RIGHT
_FLOOR = _HEIGHT - _BOTTOM
_TALL = _FLOOR - _TOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """name: as the legend says. shape: its class on the page."""

    name: str
    shape: str
    values: Sequence[float | None]


def bars(identity: str, title: str, description: str, labels: Sequence[str], stacked: Sequence[Series]) -> ET.Element:
    """Counts, those of one interval on top of each other."""
    most = max(
        (sum(value or 0 for value in column) for column in zip(*(one.values for one in stacked), strict=True)),
        default=0,
    )
    step = _nice(most)
    top = max(step, -(-int(most) // step) * step)
    shapes: list[Part] = []
    slot = _INNER / max(1, len(labels))
    for place in range(len(labels)):
        floor = float(_FLOOR)
        for series in stacked:
            tall = (series.values[place] or 0) / top * _TALL
            if tall:
                floor -= tall
                shapes.append(
                    el(
                        "rect",
                        x=_LEFT + slot * place + slot * 0.14,
                        y=floor,
                        width=slot * 0.72,
                        height=tall,
                        class_=series.shape,
                    )
                )
    ticks = [(value / top, f"{value:,}") for value in range(0, top + 1, step)]
    return _chart(identity, title, description, labels, ticks, stacked, shapes)


def line(
    identity: str, title: str, description: str, labels: Sequence[str], series: Series, standard: float | None
) -> ET.Element:
    """Shares from 0 to 100 %, with gaps where there is none, and a dashed line where the standard is."""
    slot = _INNER / max(1, len(labels))
    shapes: list[Part] = []
    told = [series]
    if standard is not None:
        y = _FLOOR - standard * _TALL
        shapes.append(el("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="standard"))
        told.append(Series(name=f"standard {standard * 100:.3g} %", shape="standard", values=()))
    at = [
        (_LEFT + slot * (place + 0.5), None if value is None else _FLOOR - value * _TALL)
        for place, value in enumerate(series.values)
    ]
    shapes += [
        el("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in run), class_=series.shape) for run in _runs(at)
    ]
    shapes += [el("circle", cx=x, cy=y, r=2.6, class_="dot") for x, y in at if y is not None]
    ticks = [(value / 100, f"{value} %") for value in (0, 25, 50, 75, 100)]
    return _chart(identity, title, description, labels, ticks, told, shapes)


def spark(values: Sequence[float | None], name: str) -> ET.Element:
    """A tiny row of bars for a table, the tallest as tall as the row."""
    most = max((value or 0 for value in values), default=0) or 1
    slot = 96 / max(1, len(values))
    marks = [
        el(
            "rect",
            x=slot * place,
            y=20 - (value or 0) / most * 18,
            width=max(1.0, slot * 0.75),
            height=(value or 0) / most * 18,
            class_="answered",
        )
        for place, value in enumerate(values)
        if value
    ]
    floor = el("line", x1=0, x2=96, y1=20.5, y2=20.5, class_="axis")
    return el("svg", *marks, floor, viewBox="0 0 96 21", class_="spark", role="img", aria_label=name)


def _chart(
    identity: str,
    title: str,
    description: str,
    labels: Sequence[str],
    ticks: Sequence[tuple[float, str]],
    legend: Sequence[Series],
    shapes: Sequence[Part],
) -> ET.Element:
    slot = _INNER / max(1, len(labels))
    every = 1 if len(labels) <= 8 else 3
    grid = [
        el("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=_FLOOR - share * _TALL, y2=_FLOOR - share * _TALL, class_="grid")
        for share, _ in ticks
    ]
    values = [el("text", text, x=_LEFT - 6, y=_FLOOR - share * _TALL + 3.5, class_="value") for share, text in ticks]
    names = [
        el("text", label, x=_LEFT + slot * (place + 0.5), y=_HEIGHT - 6, class_="name")
        for place, label in enumerate(labels)
        if place % every == 0
    ]
    return el(
        "svg",
        el("title", title, id=f"{identity}-title"),
        el("desc", description, id=f"{identity}-desc"),
        *_legend(legend),
        *grid,
        *shapes,
        el("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=_FLOOR, y2=_FLOOR, class_="axis"),
        *values,
        *names,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_labelledby=f"{identity}-title {identity}-desc",
    )


def _legend(series: Sequence[Series]) -> list[Part]:
    parts: list[Part] = []
    x = float(_LEFT)
    for one in series:
        is_line = one.shape in ("level", "standard")
        sign = (
            el("line", x1=x, x2=x + 16, y1=9, y2=9, class_=one.shape)
            if is_line
            else el("rect", x=x, y=4, width=10, height=10, class_=one.shape)
        )
        parts += [sign, el("text", one.name, x=x + (21 if is_line else 15), y=13, class_="legend")]
        x += 36 + 5.8 * len(one.name)
    return parts


def _runs(at: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in at:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if len(run) > 1]


def _nice(most: float) -> int:
    """A round step (1, 2 or 5, and as many noughts as it takes) of which at most five make the tallest."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * 5 >= most:
                return step
        size *= 10
