from dataclasses import replace
from pathlib import Path

import pytest

from advocacy.measurement import handbook
from advocacy.measurement.catalogue import AMPLIFICATION, METRICS, RECRUITING, problems
from advocacy.measurement.schemas import AmplificationOut, AmplificationUnitOut, RecruitingFigures

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def test_every_declaration_is_complete() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"owner": ""}, "has no owner"),
        ({"inputs": ()}, "has no inputs"),
        ({"value": "salary"}, "reads salary, which no page has"),
        ({"shares_of": ("salary",)}, "reads salary, which no page has"),
    ],
)
def test_a_faulty_declaration_is_told(changes: dict[str, object], complaint: str) -> None:
    faulty = replace(AMPLIFICATION[0], **changes)  # type: ignore[arg-type]
    assert [complaint in problem for problem in problems((faulty,))] == [True]


def test_a_key_declared_twice_is_told() -> None:
    assert problems((AMPLIFICATION[0], AMPLIFICATION[0])) == ["act.employed is declared twice"]


def test_every_number_of_an_answer_is_a_metric() -> None:
    amplification = {metric.short for metric in AMPLIFICATION}
    beside = {"unit", "on", "as_of", "smallest_group", "reasons", "definitions", "coverage", "brand_channels",
              "units_below", "series", "ratio_exact", "ratio_activated_exact"}  # fmt: skip
    assert set(AmplificationOut().fields) - beside <= amplification
    assert set(AmplificationUnitOut().fields) - {"id", "name"} <= amplification
    assert set(RecruitingFigures().fields) == {metric.short for metric in RECRUITING}


def test_the_hash_changes_with_the_definition() -> None:
    metric = METRICS[0]
    assert metric.definition_hash == replace(metric).definition_hash
    assert metric.definition_hash != replace(metric, version=metric.version + 1).definition_hash


def test_the_handbook_in_docs_is_what_the_catalogue_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == handbook.markdown(), "run `make docs`"
