"""What a PromQL query names, read by a real parser: series that must exist, and labels that they must have."""

from collections.abc import Iterable, Mapping

import promql_parser as promql

Series = Mapping[str, set[str]]
"""The labels of every series there is, by name."""

OF_A_TARGET = {"instance", "job"}
"""The labels that Prometheus itself adds to every series."""

_SCALARS = {"pi", "scalar", "time"}
_LET_LABELS_PASS = ("bottomk", "topk")


class WrongQuery(Exception):
    """A query cannot be read, names what nobody tells, or compares what never matches."""


def labels_of(query: str, series: Series) -> set[str]:
    """The labels that the query's result has; WrongQuery says what is wrong first."""
    try:
        expression = promql.parse(query)
    except ValueError as error:
        raise WrongQuery(f"is no PromQL: {error}") from error
    return _labels(expression, series) or set()


def _labels(expression: promql.Expr, series: Series) -> set[str] | None:
    """None for a number, which has no labels to match."""
    match expression:
        case promql.VectorSelector():
            return _of_selector(expression, series)
        case promql.MatrixSelector():
            return _of_selector(expression.vector_selector, series)
        case promql.AggregateExpr():
            return _of_aggregation(expression, series)
        case promql.BinaryExpr():
            return _of_pair(expression, series)
        case promql.Call():
            return _of_call(expression, series)
        case promql.ParenExpr() | promql.SubqueryExpr() | promql.UnaryExpr():
            return _labels(expression.expr, series)
        case _:
            return None


def _of_selector(selector: promql.VectorSelector, series: Series) -> set[str]:
    name = selector.name
    if name is None or name not in series:
        raise WrongQuery(f"names {name}, which nobody tells")
    there = series[name] | OF_A_TARGET
    _expect((matcher.name for matcher in selector.matchers.matchers), there, name)
    return there


def _of_aggregation(aggregation: promql.AggregateExpr, series: Series) -> set[str]:
    there = _labels(aggregation.expr, series) or set()
    if aggregation.modifier is None:
        return there if aggregation.prettify().startswith(_LET_LABELS_PASS) else set()
    named = set(aggregation.modifier.labels)
    _expect(named, there, aggregation.prettify())
    return named if aggregation.modifier.type == promql.AggModifierType.By else there - named


def _of_call(call: promql.Call, series: Series) -> set[str] | None:
    passed = [labels for argument in call.args if (labels := _labels(argument, series)) is not None]
    if call.func.name in _SCALARS:
        return None
    labels = set[str]().union(*passed)
    if call.func.name != "histogram_quantile":
        return labels
    _expect({"le"}, labels, call.prettify())
    return labels - {"le"}


def _of_pair(pair: promql.BinaryExpr, series: Series) -> set[str] | None:
    left, right = _labels(pair.lhs, series), _labels(pair.rhs, series)
    if left is None or right is None:
        return right if left is None else left
    if pair.modifier is not None and pair.modifier.matching is not None:
        _expect(pair.modifier.matching.labels, left & right, pair.prettify())
    elif left != right:
        raise WrongQuery(f"compares {sorted(left)} with {sorted(right)}, which never match, in {pair.prettify()}")
    return left


def _expect(labels: Iterable[str], there: set[str], where: str) -> None:
    if missing := set(labels) - there:
        raise WrongQuery(f"expects {sorted(missing)} of {where}, which has only {sorted(there)}")
