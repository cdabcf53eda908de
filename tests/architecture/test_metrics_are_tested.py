"""A metric without the tests that it needs fails the build: golden examples, a second implementation, silence."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from advocacy.measurement.catalogue import BY_KEY, METRICS

TESTS = Path(__file__).resolve().parents[1]
# One's own numbers, counted from one's own list and shown to nobody else; they have tests of their own.
OWN = {
    "amp.network_size": "what a person told is shown as it was told: tests/people and tests/portal/employee",
    "amp.marginal_reach": "tests/measurement/overlap/test_publication.py compares it with the true sets",
}
COLLECTED = [metric for metric in METRICS if metric.missing is None]


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(TESTS.rglob("test_*.py")):
        if path != Path(__file__).resolve():
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def declared(tree: ast.Module, name: str) -> tuple[str, ...]:
    """Return the strings of a module's declaration such as `ORACLE_OF = ("act.shares", ...)`."""
    for statement in tree.body:
        is_it = isinstance(statement, ast.Assign) and [ast.unparse(target) for target in statement.targets] == [name]
        if is_it and isinstance(statement, ast.Assign):
            found: tuple[str, ...] = ast.literal_eval(statement.value)
            return found
    return ()


def draws_by_chance(tree: ast.Module) -> bool:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    return bool(imported & {"hypothesis", "random"})


def test_every_metric_that_is_collected_has_a_second_implementation() -> None:
    compared: dict[str, list[str]] = defaultdict(list)
    for path, tree in modules():
        for key in declared(tree, "ORACLE_OF"):
            assert draws_by_chance(tree), f"{path.name} claims to compare {key} and draws no companies by chance"
            compared[key].append(path.name)
    assert [key for key in compared if key not in BY_KEY] == [], "these are compared and not declared"
    missing = [metric.key for metric in COLLECTED if metric.key not in compared and metric.key not in OWN]
    assert missing == [], (
        "No test compares these metrics with a naive reading of their definitions. Write one on random small "
        "companies, and name the metric in that module's ORACLE_OF."
    )
    assert [key for key in OWN if BY_KEY[key].privacy != "self"] == [], "only one's own numbers may do without"


def test_every_worked_example_of_a_metric_is_a_test() -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named[node.value].add(path.name)
    missing = [(metric.key, name) for metric in COLLECTED for name in metric.examples if not named[name]]
    assert missing == [], "These worked examples are named by a metric and by no test."


def test_what_is_missing_says_what_it_would_need() -> None:
    assert [metric.key for metric in METRICS if metric.missing is not None and len(metric.missing) < 20] == []
