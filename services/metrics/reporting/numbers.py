"""How figures are written on the page, by their units."""

from shared.contracts.kpis import KpiDefinition

NOTHING = "–"
_WORDS = {"sla": "SLA", "wrapup": "wrap-up", **{f"p{percent}": f"{percent}th percentile" for percent in (90, 95, 99)}}


def written(figure: float | None, unit: str) -> str:
    """`1,234`, `81.2 %`, `18.8 s`, `2 min 05 s`, `1 h 02 min`; a dash for none."""
    if figure is None:
        return NOTHING
    if unit == "share":
        return f"{figure * 100:.1f} %"
    if unit == "seconds":
        return _duration(figure)
    return f"{figure:,.0f}"


def difference(figure: float | None, unit: str) -> str:
    """The same with its sign; shares differ by percentage points. `±0` where they do not."""
    if figure is None:
        return ""
    size = abs(figure)
    text = f"{size * 100:.1f} pp" if unit == "share" else written(size, unit)
    if text == ("0.0 pp" if unit == "share" else written(0, unit)):
        return "±0"
    return f"{'+' if figure > 0 else '−'}{text}"


def title_of(kpi: str) -> str:
    """`average_wrapup_time` as people say it."""
    words = [_WORDS.get(word, word) for word in kpi.split("_")]
    return f"{words[0][0].upper()}{words[0][1:]} {' '.join(words[1:])}".strip()


def label_of(definition: KpiDefinition) -> str:
    """The KPI, with its definition where that has a name."""
    return title_of(definition.kpi) + ("" if definition.name == "default" else f" ({definition.name})")


def _duration(seconds: float) -> str:
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60:,} h {minutes % 60:02d} min"
