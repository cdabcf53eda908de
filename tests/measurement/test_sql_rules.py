"""Rules every roll-up file keeps, so that each can be read, pasted into psql and trusted alone."""

import re

import pytest

from advocacy.activity.kinds import ClickClass, Kind
from advocacy.foundation.db import Base
from advocacy.measurement import models
from advocacy.measurement.rollups import BY_TABLE, ROLLUPS, SQL_FOLDER, Rollup
from advocacy.recruiting.models import STAGE_NUMBERS, Stage

CONSTANT = re.compile(r"(\d+) /\* (\w+)\.(\w+) \*/")
rollups = pytest.mark.parametrize("rollup", ROLLUPS, ids=lambda rollup: rollup.table)
# A fitted prior and the middle of scores: estimates of a whole week, which are never put together to a longer one.
ESTIMATES = {"weekly_rate_prior", "page_team_scores"}


def code_of(rollup: Rollup) -> str:
    return "\n".join(line for line in rollup.sql.splitlines() if not line.lstrip().startswith("--"))


def test_every_file_is_a_rollup_and_every_rollup_has_a_file() -> None:
    assert {path.stem for path in SQL_FOLDER.iterdir()} == set(BY_TABLE)


def test_every_rollup_table_is_mapped() -> None:
    mapped = {
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith(models.__name__)
    }
    prefixes = ("daily_", "trailing_", "weekly_", "monthly_", "page_")
    assert {table for table in mapped if table.startswith(prefixes)} == set(BY_TABLE)


def test_what_is_read_is_filled_before_what_reads_it() -> None:
    order = [rollup.table for rollup in ROLLUPS]
    for rollup in ROLLUPS:
        assert all(order.index(source) < order.index(rollup.table) for source in rollup.depends_on)


@rollups
def test_the_header_says_grain_sources_indexes_and_lateness(rollup: Rollup) -> None:
    header = [line for line in rollup.sql.splitlines() if line.startswith("--")]
    assert header[0] == f"-- {rollup.table}"
    assert header[1].startswith("-- One row per ")
    for word in ("Reads :", "Needs :", "Late  :"):
        assert sum(line.startswith(f"-- {word}") for line in header) == 1
    assert all(len(line) <= 130 for line in header)


@rollups
def test_a_file_is_one_insert_into_its_own_table(rollup: Rollup) -> None:
    code = code_of(rollup)
    assert re.findall(r"INSERT INTO (\w+)", code) == [rollup.table]
    assert code.startswith("INSERT INTO")
    assert ";" not in code


@rollups
def test_parameters_are_the_day_and_its_bounds(rollup: Rollup) -> None:
    assert set(re.findall(r"(?<!:):(\w+)", code_of(rollup))) <= {"day", "day_start", "day_end"}
    assert "{" not in rollup.sql
    assert "%" not in rollup.sql


@rollups
def test_the_clock_is_never_asked(rollup: Rollup) -> None:
    forbidden = r"\b(now|clock_timestamp|statement_timestamp|date_trunc|current_date|current_timestamp|at time zone)\b"
    assert re.search(forbidden, code_of(rollup), re.IGNORECASE) is None


@rollups
def test_events_are_read_only_through_the_measurable_view_and_within_the_day(rollup: Rollup) -> None:
    code = code_of(rollup)
    assert "activity_event" not in code
    reads = code.count("measurable_activity")
    assert reads == (1 if rollup.source == "events" else 0)
    if reads:
        assert len(re.findall(r"occurred_at >= :day_start AND (?:event\.)?occurred_at < :day_end", code)) == 1


@rollups
def test_units_are_those_of_the_day(rollup: Rollup) -> None:
    code = code_of(rollup)
    if "unit_membership" in code:
        assert "membership.valid_during @> CAST(:day AS date)" in code or "lower(membership.valid_during) <=" in code
    if "unit_ancestry" in code:
        assert code.count("unit_ancestry") == code.count("ancestry.valid_during @> CAST(:day AS date)")


@rollups
def test_columns_are_named_and_no_ratio_is_stored(rollup: Rollup) -> None:
    code = code_of(rollup)
    assert not re.search(r"\*\s*(,|FROM\b|$)|\.\*", re.sub(r"/\*.*?\*/|count\(\*\)", "", code))
    assert "avg(" not in code
    if rollup.table in ESTIMATES:
        return
    assert "/" not in re.sub(r"/\*.*?\*/", "", code)


@rollups
def test_constants_are_what_the_enumerations_say(rollup: Rollup) -> None:
    known = {
        **{("Kind", member.name): int(member) for member in Kind},
        **{("ClickClass", member.name): int(member) for member in ClickClass},
        **{("Period", member.name): int(member) for member in models.Period},
        **{("Stage", stage.name): STAGE_NUMBERS[stage] for stage in Stage},
    }
    code = code_of(rollup)
    for number, family, name in CONSTANT.findall(code):
        assert known[family, name] == int(number)
    unnamed = re.findall(r"(?:kind|detail|click_class) (?:=|IN) \(?\d+(?! /\*)\b(?! /\*)", code)
    assert unnamed == []


@rollups
def test_the_key_has_the_day_first_or_for_pages_the_unit(rollup: Rollup) -> None:
    key = [column.name for column in Base.metadata.tables[rollup.table].primary_key.columns]
    assert key[0] == ("unit_key" if rollup.table.startswith("page_") else "day")
    assert "day" in key
