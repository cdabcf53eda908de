"""Benchmarks run for hours and seldom, so what moves away under them is noticed here."""

import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
MODULES = sorted(
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts)
    for path in FOLDER.rglob("*.py")
    if path.name != "__init__.py" and path.parent.name != "baselines"  # those are programs of other servers
)


def test_there_are_benchmarks() -> None:
    assert {"benchmarks.redirect", "benchmarks.unique_reach", "benchmarks.seed_size.build"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_benchmark_finds_what_it_measures(module: str) -> None:
    assert importlib.import_module(module).__doc__
