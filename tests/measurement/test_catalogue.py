import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from advocacy.activity.kinds import Kind
from advocacy.foundation.db import Base
from advocacy.foundation.tables import import_models
from advocacy.measurement import handbook
from advocacy.measurement.catalogue import AMPLIFICATION, BY_KEY, METRICS, RECRUITING, history, problems
from advocacy.measurement.catalogue.lineage import dependents_of, names_in, sources_of
from advocacy.measurement.schemas import AmplificationOut, AmplificationUnitOut, RecruitingFigures
from tests.measurement.examples import EXAMPLES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def test_every_declaration_is_complete() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"owner": ""}, "has no owner"),
        ({"inputs": ()}, "has no inputs"),
        ({"value": "salary"}, "reads salary, which no page has"),
        ({"kind": "ratio"}, "is a ratio that claims to add up"),
        ({"inputs": ("external.beacon",)}, "reads what is not collected and does not say so"),
        ({"deprecated_by": "act.gone"}, "followed by act.gone, which does not exist"),
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
    beside = {"unit", "on", "as_of", "told_on", "smallest_group", "reasons", "definitions", "coverage",
              "brand_channels", "units_below", "series", "ratio_exact", "ratio_activated_exact"}  # fmt: skip
    assert set(AmplificationOut().fields) - beside <= amplification
    assert set(AmplificationUnitOut().fields) - {"id", "name"} <= amplification
    assert set(RecruitingFigures().fields) == {metric.short for metric in RECRUITING}


def test_the_hash_changes_with_what_can_change_a_number_and_not_with_wording() -> None:
    metric = METRICS[0]
    assert metric.definition_hash == replace(metric, name="Other words", owner="Somebody").definition_hash
    for changes in ({"version": metric.version + 1}, {"expression": "1"}, {"min_n": 7}, {"window": "a year"}):
        assert metric.definition_hash != replace(metric, **changes).definition_hash  # type: ignore[arg-type]


def test_every_input_is_a_column_an_event_or_another_metric() -> None:
    import_models()
    tables = Base.metadata.tables
    events = {f"activity_event.{kind.name.lower()}" for kind in Kind}
    unknown = []
    for metric in METRICS:
        for name in {*metric.inputs, *names_in(metric.expression)}:
            table, _dot, column = name.partition(".")
            known = name in BY_KEY or name in events or (metric.missing and table == "external")
            if not known and not (table in tables and (not column or column in tables[table].columns)):
                unknown.append(f"{metric.key}: {name}")
    assert unknown == []


def test_every_worked_example_exists() -> None:
    assert [name for metric in METRICS for name in metric.examples if name not in EXAMPLES] == []


def test_lineage_follows_ratios_down_to_columns_and_consents() -> None:
    assert sources_of(BY_KEY["amp.ratio_potential"], BY_KEY) == {
        "network_profile.audience_size", "consent.granted_at", "unit_membership.valid_during", "brand_channel.followers"
    }  # fmt: skip
    restated = {metric.key for metric in dependents_of("brand_channel.followers", METRICS)}
    assert {"amp.brand_followers", "amp.ratio_potential", "amp.ratio_activated"} <= restated


@pytest.mark.parametrize(
    "wrong", ["sum(", "__import__('os')", "a.b.c", "sum()", "sum(a.b) if 1 else 2", "a", "sum(a.b, key=1)", "a.b ** 2"]
)
def test_an_expression_outside_of_the_grammar_is_told(wrong: str) -> None:
    assert problems((replace(AMPLIFICATION[0], expression=wrong),))


def test_a_circle_of_ratios_is_told() -> None:
    first = replace(AMPLIFICATION[0], key="a.one", inputs=("a.two",))
    second = replace(AMPLIFICATION[0], key="a.two", inputs=("a.one",))
    assert [problem for problem in problems((first, second)) if "circle" in problem]


def test_no_page_sums_what_does_not_add_up() -> None:
    wrong = {metric.key for metric in METRICS if metric.kind in {"ratio", "distinct"} and metric.additivity == "sum"}
    assert wrong == set()


def test_every_definition_is_on_record_as_it_stands() -> None:
    recorded = {key: editions[-1].definition_hash for key, editions in history.editions().items()}
    now = {metric.key: metric.definition_hash for metric in METRICS}
    assert {key: recorded.get(key) for key in now} == now, "run `make docs`"


def test_a_changed_definition_is_noted_with_what_it_said_before() -> None:
    metric = AMPLIFICATION[0]
    changed = replace(metric, version=metric.version + 1, window="a year")
    text = history.recorded((changed,), date(2030, 1, 2))
    newest = json.loads(text)[metric.key]["editions"][-1]
    assert (newest["on"], newest["version"]) == ("2030-01-02", metric.version + 1)
    assert newest["before"] == {"window": metric.window}


def test_a_definition_does_not_change_under_the_same_version() -> None:
    with pytest.raises(history.UnsaidChangeError, match=AMPLIFICATION[0].key):
        history.recorded((replace(AMPLIFICATION[0], window="a year"),), date(2030, 1, 2))


def test_wording_alone_is_no_new_edition() -> None:
    reworded = replace(AMPLIFICATION[0], definition="Said more clearly.")
    assert history.recorded((reworded,), date(2030, 1, 2)) == history.FILE.read_text(encoding="utf-8")


def test_the_handbook_leaves_no_metric_out() -> None:
    titled = {domain for domain, _title in handbook.DOMAINS}
    assert {metric.domain for metric in METRICS} <= titled


def test_the_handbook_in_docs_is_what_the_catalogue_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == handbook.markdown(), "run `make docs`"
