"""What a number stands on, parsed from its expression instead of written beside it.

An expression is arithmetic over calls such as `ratio(act.active_advocates, act.eligible)`. A dotted name is another
metric's key or a column of the database; `external.` begins what the product does not collect. `where(a, b)` is a of
what b is known of.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping

from advocacy.measurement.catalogue.metric import Metric

FUNCTIONS = frozenset(
    {"sum", "count", "distinct", "ratio", "min", "max", "mean", "quantile", "latest", "gini", "top_share", "union",
     "minus", "occupancy", "frechet", "kaplan_meier_median", "view_through", "difference", "where"}
)  # fmt: skip
EXTERNAL = "external."
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)


class ExpressionError(ValueError):
    """An expression outside the grammar. Says what stands there."""


def names_in(expression: str) -> frozenset[str]:
    """Return the keys and columns that an expression names. Raises ExpressionError."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise ExpressionError(f"not an expression: {expression}") from error
    return frozenset(_names(tree.body))


def _names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _ARITHMETIC):
            yield from _names(left)
            yield from _names(right)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS and arguments:
            for argument in arguments:
                yield from _names(argument)
        case ast.Attribute():
            yield _dotted(node)
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return
        case _:
            raise ExpressionError(f"not in the grammar: {ast.unparse(node)}")


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Attribute(value=ast.Name(id=base), attr=attribute):
            return f"{base}.{attribute}"
        case _:
            raise ExpressionError(f"not a dotted name: {ast.unparse(node)}")


def sources_of(metric: Metric, by_key: Mapping[str, Metric]) -> frozenset[str]:
    """Return every column a metric stands on, through all metrics between. Raises ExpressionError for a circle."""
    found: set[str] = set()
    _follow(metric, by_key, found, ())
    return frozenset(found)


def dependents_of(name: str, metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return the metrics that a column or key changes, directly or through others: what a withdrawal restates."""
    known = tuple(metrics)
    by_key = {metric.key: metric for metric in known}
    return tuple(
        metric for metric in known if name in sources_of(metric, by_key) or name in _metrics_below(metric, by_key)
    )


def _follow(metric: Metric, by_key: Mapping[str, Metric], found: set[str], path: tuple[str, ...]) -> None:
    if metric.key in path:
        raise ExpressionError(f"goes in a circle: {' > '.join((*path, metric.key))}")
    for name in (*metric.inputs, *names_in(metric.expression)):
        if name in by_key:
            _follow(by_key[name], by_key, found, (*path, metric.key))
        else:
            found.add(name)


def _metrics_below(metric: Metric, by_key: Mapping[str, Metric]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [name for name in metric.inputs if name in by_key]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += [name for name in by_key[key].inputs if name in by_key]
    return frozenset(found)
