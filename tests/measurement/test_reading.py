"""One metric at a time: the catalogue's part of the API, in pieces, over time and as a file."""

import csv
import io
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pyarrow.parquet
import pytest
import time_machine

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Invalid
from advocacy.measurement import exports, fill, reading
from advocacy.measurement.catalogue import BY_KEY, METRICS
from advocacy.measurement.reading import Asked
from advocacy.measurement.reading.periods import reading_days
from tests.factories.measurement import World, calendar
from tests.measurement.test_api import company, program  # noqa: F401 - a fixture
from tests.measurement.test_queries import TODAY, people, unit_id

HONEST = {
    "value", "numerator", "denominator", "n", "low", "high", "reason", "as_of", "state", "told_on", "small_sample"
}  # fmt: skip


def ask(company: World, key: str, unit: str = "company", **named: Any) -> list[reading.Point]:  # noqa: F811
    asked = {"first": TODAY, "last": TODAY, "by": None, "smallest_group": 5} | named
    return reading.read(company.connection, BY_KEY[key], Asked(company.units[unit], **asked))


def test_what_has_no_source_says_so():
    silent = {
        metric.key
        for metric in METRICS
        if metric.privacy != "self" and metric.missing is None and not reading.is_collected(metric)
    }
    assert silent == set()


@pytest.mark.parametrize("by", [None, "unit"])
def test_numbers_read_together_are_those_read_alone(company, by):  # noqa: F811
    metrics = [metric for metric in METRICS if metric.privacy != "self" and (by is None or by in metric.by)]
    asked = Asked(company.units["company"], TODAY, TODAY, by, 5)
    together = reading.read_together(company.connection, metrics, asked)
    for metric in metrics:
        assert together[metric.key] == reading.read(company.connection, metric, asked), metric.key
    with pytest.raises(Invalid):
        reading.read_together(company.connection, [BY_KEY["amp.brand_followers"]], replace(asked, by="cohort"))


def test_a_count_is_its_own_n(company):  # noqa: F811
    (point,) = ask(company, "act.opted_in")
    assert (point.value, point.numerator, point.n, point.reason) == (20, 20, 20, None)
    assert point.as_of is not None
    assert point.state == "provisional"


def test_a_ratio_is_exact_and_shows_its_parts(company):  # noqa: F811
    (point,) = ask(company, "amp.ratio_potential")
    assert (point.value, point.numerator, point.denominator, point.n) == (Fraction(5), 200, 40, 40)


def test_a_ratio_by_unit_divides_each_unit_by_the_brand(company):  # noqa: F811
    points = ask(company, "amp.ratio_potential", by="unit")
    assert [(point.piece.unit_name, point.value) for point in points] == [
        ("company", Fraction(5)), ("plant", Fraction(2)), ("sales", Fraction(3)),
    ]  # fmt: skip


def test_the_break_even_of_each_unit_is_its_own_and_above_everybody_out_of_reach(company):  # noqa: F811
    company.brand(100, on=TODAY)
    points = {point.piece.unit_name: point for point in ask(company, "amp.break_even_participation", by="unit")}
    potential = {point.piece.unit_name: point for point in ask(company, "amp.potential_reach", by="unit")}
    followers = ask(company, "amp.brand_followers")[0].value
    assert points.keys() == potential.keys()
    for name, point in points.items():
        of_unit = potential[name].value
        if of_unit is None:
            assert point.reason == "suppressed"
        elif of_unit < followers:
            assert (point.value, point.reason) == (None, "not_reachable")
        else:
            assert point.value == Fraction(followers, of_unit)
    assert {point.reason for point in points.values()} >= {None, "not_reachable"}
    (whole,) = ask(company, "amp.break_even_participation")
    assert whole == points["company"]


def test_small_units_are_null_with_the_reason(company):  # noqa: F811
    points = ask(company, "amp.potential_reach", by="unit", smallest_group=10)
    assert [(point.piece.unit_name, point.value, point.reason) for point in points] == [
        ("company", 200, None), ("plant", None, "suppressed"), ("sales", None, "suppressed"),
    ]  # fmt: skip
    (plant,) = ask(company, "amp.ratio_potential", unit="plant", smallest_group=10)
    assert (plant.value, plant.numerator, plant.n, plant.reason) == (None, None, None, "suppressed")


def test_a_day_nobody_counted_is_not_collected(company):  # noqa: F811
    points = ask(company, "amp.potential_reach", by="day", first=date(2026, 3, 30))
    assert [(point.value, point.reason) for point in points] == [(None, "not_collected"), (200, None)]


def test_impressions_nobody_reported_are_unknown_not_zero(company):  # noqa: F811
    (point,) = ask(company, "vis.impressions")
    assert (point.value, point.reason) == (None, "not_collected")


def test_engagements_are_unknown_until_networks_told_some_and_then_their_sum(company):  # noqa: F811
    (point,) = ask(company, "vis.engagements")
    assert (point.value, point.reason) == (None, "not_collected")
    for number in range(12):
        name = f"sales{number}"
        company.share(f"told {name}", name)
        company.event("SHARE_PUBLISHED", name, f"{TODAY} 09:00", share=f"told {name}")
        company.snapshot(f"told {name}", None, f"{TODAY} 10:00", reactions=number, comments=1, reshares=0)
    fill.fill_everything(company.connection, calendar=calendar(TODAY))
    (point,) = ask(company, "vis.engagements")
    assert (point.value, point.reason) == (sum(range(12)) + 12, None)
    (plant,) = ask(company, "vis.engagements", unit="plant")
    assert plant.value is None


def test_what_is_not_collected_answers_so(company):  # noqa: F811
    (point,) = ask(company, "vis.confirmed_visits")
    assert (point.value, point.reason) == (None, "not_collected")


def test_a_dimension_the_metric_has_not_is_refused_with_those_it_has(company):  # noqa: F811
    with pytest.raises(Invalid) as refused:
        ask(company, "amp.potential_reach", by="network")
    assert "unit, day, week, month" in refused.value.problems[0].detail


@pytest.mark.parametrize(
    ("first", "last", "by", "days"),
    [
        ("2026-03-28", "2026-03-30", "day", ["2026-03-28", "2026-03-29", "2026-03-30"]),  # a day of 23 hours inside
        ("2026-12-30", "2027-01-05", "week", ["2027-01-03", "2027-01-05"]),  # ISO week 53 of 2026
        ("2028-02-10", "2028-03-01", "month", ["2028-02-29", "2028-03-01"]),  # a leap year, and a running month
        ("2026-03-01", "2026-03-31", None, ["2026-03-31"]),
    ],
)
def test_windows_end_on_the_last_day_of_each_piece(first, last, by, days):
    found = reading_days(date.fromisoformat(first), date.fromisoformat(last), by)
    assert found == [date.fromisoformat(day) for day in days]
    assert all(earlier < later for earlier, later in pairwise(found))


def test_too_many_points_are_refused():
    with pytest.raises(Invalid):
        reading_days(date(2025, 1, 1), date(2026, 1, 1), "day")


# --- Over HTTP.


def test_the_catalogue_is_listed_and_can_be_narrowed(app, company):  # noqa: F811
    executive = program(app, company, Role.EXECUTIVE)
    everything = executive.get("/api/v1/metrics").get_json()["data"]
    assert [metric["key"] for metric in everything] == [metric.key for metric in METRICS]
    quality = executive.get("/api/v1/metrics", query_string={"domain": "dq"}).get_json()["data"]
    assert {metric["domain"] for metric in quality} == {"dq"}
    assert executive.get("/api/v1/metrics", query_string={"domain": "salary"}).status_code == 422


def test_one_metric_says_all_that_makes_a_number_honest(app, company):  # noqa: F811
    executive = program(app, company, Role.EXECUTIVE)
    body = executive.get("/api/v1/metrics/amp.ratio_potential", query_string={"by": "unit"}).get_json()
    assert body["definition"]["hash"] == BY_KEY["amp.ratio_potential"].definition_hash
    assert body["evidence"]
    assert body["interval"] == "none"
    assert all(set(point) >= HONEST for point in body["data"])
    assert [(point["unit"]["name"], point["value"], point["reason"]) for point in body["data"]] == [
        ("company", 5.0, None), ("plant", 2.0, None), ("sales", 3.0, None),
    ]  # fmt: skip
    assert body["data"][0]["value_exact"] == "5"


def test_one_metric_of_another_unit_is_not_found(app, company):  # noqa: F811
    executive = program(app, company, Role.EXECUTIVE, unit="plant")
    address = "/api/v1/metrics/amp.potential_reach"
    assert executive.get(address, query_string={"unit": str(unit_id(company, "sales"))}).status_code == 404
    assert executive.get(address).get_json()["unit"]["name"] == "plant"


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("amp.potential_reach", {"by": "network"}, 422),
        ("amp.potential_reach", {"by": "salary"}, 422),
        ("amp.potential_reach", {"from": "2026-03-31", "to": "2026-03-01"}, 422),
        ("amp.potential_reach", {"to": "2027-01-01"}, 422),
        ("amp.potential_reach", {"from": "0001-01-01", "by": "day"}, 422),
        ("amp.potential_reach", {"from": "2025-01-01", "by": "day"}, 422),
        ("amp.potential_reach", {"to": "0001-01-05"}, 422),
        ("amp.potential_reach", {"to": "9999-12-31"}, 422),
        ("amp.potential_reach", {"from": "9999-12-31"}, 422),
        ("amp.unique_reach", {"to": "0001-01-05"}, 422),
        ("amp.potential_reach", {"as_known_at": "2026-03-01T10:00:00"}, 422),
        ("amp.potential_reach", {"person": "1"}, 400),
        ("amp.marginal_reach", {}, 404),
        ("salary", {}, 404),
        ("amp.potential_reach/export", {"format": "xlsx"}, 422),
        ("amp.potential_reach/export", {"from": "2020-01-01", "by": "day"}, 422),
        ("amp.potential_reach/export", {"from": "2000-01-01", "by": "week"}, 422),
        ("amp.potential_reach/export", {"to": "0001-01-05"}, 422),
        ("act.participation_rate", {"from": "2000-01-01", "by": "month"}, 422),
    ],
)
def test_bad_questions_are_refused_clearly(app, company, path, query, status):  # noqa: F811
    answer = program(app, company, Role.EXECUTIVE).get(f"/api/v1/metrics/{path}", query_string=query)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["detail"]


def test_recruiting_metrics_need_the_recruiting_permission(app, company):  # noqa: F811
    employee = program(app, company)
    assert employee.get("/api/v1/metrics/rec.hires").status_code == 403


def test_what_became_of_applications_needs_it_too(app, company):  # noqa: F811
    for path in ("dq.match_rate", "dq.match_rate/export"):
        assert program(app, company, Role.CURATOR).get(f"/api/v1/metrics/{path}").status_code == 404, path
        assert program(app, company, Role.EXECUTIVE).get(f"/api/v1/metrics/{path}").status_code == 200, path
    assert program(app, company, Role.CURATOR).get("/api/v1/metrics/dq.bot_share").status_code == 200
    for key in ("dq.bot_share", "dq.late_share", "dq.match_rate"):
        asked = {"by": "day"}
        assert (
            program(app, company, Role.EXECUTIVE).get(f"/api/v1/metrics/{key}", query_string=asked).status_code == 422
        )


# --- As a file.


@pytest.fixture
def exported(app, committed_database):
    """Give a program and a company that other connections see: a file is written on one of its own."""
    with time_machine.travel("2026-03-31T10:00:00+00:00", tick=False):
        world = World(ambient.connection())
        for name, parent in (("=company", None), ("sales", "=company"), ("plant", "=company")):
            world.unit(name, parent)
        people(world, "sales", 12)
        people(world, "plant", 8)
        world.brand(40)
        world.fill(TODAY)
        ambient.commit()
        yield program(app, world, Role.EXECUTIVE)


def test_a_csv_has_one_row_a_point_and_no_formula_in_it(exported):
    answer = exported.get("/api/v1/metrics/amp.potential_reach/export", query_string={"by": "unit"})
    assert answer.mimetype == "text/csv"
    assert 'filename="amp.potential_reach.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert [(row["unit"], row["value"], row["reason"]) for row in rows] == [
        ("'=company", "200", ""), ("plant", "80", ""), ("sales", "120", ""),
    ]  # fmt: skip
    assert {row["definition"] for row in rows} == {BY_KEY["amp.potential_reach"].definition_hash}


def test_a_parquet_file_has_typed_columns_and_the_same_rows(exported):
    answer = exported.get(
        "/api/v1/metrics/amp.ratio_potential/export",
        query_string={"by": "day", "from": "2026-02-01", "format": "parquet"},
    )
    table = pyarrow.parquet.read_table(io.BytesIO(answer.get_data()))
    assert table.column_names == list(exports.COLUMNS)
    rows = table.to_pylist()
    assert len(rows) == 59
    assert [row["value"] for row in rows[-2:]] == [None, 5.0]
    assert [row["reason"] for row in rows[-2:]] == ["not_collected", None]
    assert rows[-1]["on"] == TODAY


@pytest.mark.parametrize(
    ("key", "asked", "rows"),
    [
        ("act.shares", {"from": "2015-01-01", "by": "month"}, 135),
        ("dq.restatement_rate", {"from": "2024-01-22", "by": "week"}, 115),
        ("amp.brand_followers", {"from": "2024-01-22", "by": "week"}, 115),
        ("act.shares", {"from": "2024-01-22", "by": "day"}, 800),
    ],
)
def test_a_file_holds_more_than_a_page(exported, key, asked, rows):
    assert exported.get(f"/api/v1/metrics/{key}", query_string=asked).status_code == 422
    answer = exported.get(f"/api/v1/metrics/{key}/export", query_string={**asked, "to": str(TODAY)})
    assert len(list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))) == rows


def test_without_the_extra_parquet_is_a_clear_501(exported, monkeypatch):
    monkeypatch.setattr(exports.importlib.util, "find_spec", lambda name: None)
    answer = exported.get("/api/v1/metrics/amp.potential_reach/export", query_string={"format": "parquet"})
    assert answer.status_code == 501
    assert answer.get_json()["code"] == "not_built_in"
    assert "CSV" in answer.get_json()["detail"]
