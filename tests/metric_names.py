"""What Prometheus asks of names, units, help and labels, as rules that a scrape is held against.

Each rule answers what is wrong with a family of metrics; nothing, if nothing is.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from shared import metrics

MOST_SERIES = 2_500
"""Of one metric and process; a label with more values than that is none for Prometheus."""

LABELS = {
    "channel",
    "direction",
    "group",
    "le",
    "method",
    "outcome",
    "queue",
    "reason",
    "route",
    "server",
    "service",
    "status",
    "target",
    "topic",
    "wait",
    "window",
}
"""Every label has few values, which the hub itself or its configuration names: never a person, ticket or address."""

_OTHER_UNITS = {"ms", "milliseconds", "us", "minutes", "hours", "days", "kb", "kilobytes", "mb", "percent"}
_OF_TYPES = {"counter", "gauge", "histogram", "count", "sum", "bucket", "total", "created", "info"}
_ADDRESS_OR_ID = re.compile(r"\S@\S+\.\S|[0-9a-f]{8}-[0-9a-f]{4}-|(?:^|:)\+?\d{7,}$")


def every_metric() -> list[Counter | Gauge | Histogram]:
    """Every metric of shared/metrics.py."""
    return [value for value in vars(metrics).values() if isinstance(value, Counter | Gauge | Histogram)]


def declared() -> dict[str, tuple[str, set[str]]]:
    """The type and labels of every metric, by the name of its family."""
    return {metric._name: (metric._type, set(metric._labelnames)) for metric in every_metric()}


def series() -> dict[str, set[str]]:
    """Every series that a query may name, with its labels."""
    found: dict[str, set[str]] = {}
    for name, (kind, labels) in declared().items():
        match kind:
            case "counter":
                found[f"{name}_total"] = labels
            case "histogram":
                found |= {f"{name}_bucket": labels | {"le"}, f"{name}_count": labels, f"{name}_sum": labels}
            case _:
                found[name] = labels
    return found


def families(text: str) -> list[Metric]:
    """The hub's own metrics of a scrape; those of Python and of the process are the library's."""
    return [family for family in text_string_to_metric_families(text) if family.name.startswith("hub_")]


def faults(scraped: Iterable[Metric]) -> Iterator[str]:
    """What is wrong with the names, units, help and labels of a scrape."""
    for family in scraped:
        for rule in _RULES:
            yield from (f"{family.name}: {fault}" for fault in rule(family))


def _is_declared(family: Metric) -> Iterator[str]:
    if family.name not in declared():
        yield "is not in shared/metrics.py"
    elif {name for sample in family.samples for name in sample.labels} - {"le"} - declared()[family.name][1]:
        yield "has other labels than it is declared with"


def _has_a_plain_name(family: Metric) -> Iterator[str]:
    if not re.fullmatch(r"hub(_[a-z0-9]+)+", family.name):
        yield "is not written in small letters and underscores"
    if set(family.name.split("_")) & _OF_TYPES:
        yield "names its type, which Prometheus adds where it belongs"


def _is_in_base_units(family: Metric) -> Iterator[str]:
    words = family.name.split("_")
    if set(words) & _OTHER_UNITS:
        yield "is not in a base unit (seconds, bytes, ratio)"
    if {"seconds", "bytes", "ratio"} & set(words[:-1]):
        yield "has its unit elsewhere than at the end"


def _has_help(family: Metric) -> Iterator[str]:
    if not re.fullmatch(r"[A-Z].{9,}[^.]", family.documentation):
        yield "has no sentence of help, or one with a full stop"


def _has_labels_with_few_values(family: Metric) -> Iterator[str]:
    if strange := {name for sample in family.samples for name in sample.labels} - LABELS:
        yield f"has labels that are not listed: {sorted(strange)}"
    if len(family.samples) > MOST_SERIES:
        yield f"has {len(family.samples)} series"


def _tells_of_nobody(family: Metric) -> Iterator[str]:
    for sample in family.samples:
        for name, value in sample.labels.items():
            if name != "le" and _ADDRESS_OR_ID.search(value):
                yield f"tells an address or an id in {name}"


_RULES: tuple[Callable[[Metric], Iterator[str]], ...] = (
    _is_declared,
    _has_a_plain_name,
    _is_in_base_units,
    _has_help,
    _has_labels_with_few_values,
    _tells_of_nobody,
)
