"""Frozen reports: their numbers never change, and what they became is told for groups of people only."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from advocacy.foundation import clock
from advocacy.foundation.access import Permission, Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.measurement.catalogue import BY_KEY, METRICS
from advocacy.measurement.reading import Point, is_collected
from advocacy.people import service as people
from advocacy.people.models import Employee
from advocacy.programme.figures import LiveFigure, frozen
from advocacy.programme.models import Report, ReportFigure
from advocacy.programme.restated import now_of
from tests.factories.identity import make_account
from tests.factories.measurement import World
from tests.factories.people import make_unit
from tests.programme.conftest import TODAY
from tests.support.clients import Program, make_program

REPORTS = "/api/v1/reports"


@pytest.fixture
def program(api: Any, company: World) -> Program:
    return api(make_account(None, Role.EXECUTIVE))


def freeze(program: Program, **body: Any) -> dict[str, Any]:
    answer = program.post(REPORTS, json={"title": "Board, March", **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def by_metric(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {figure["metric"]: figure for figure in report["figures"]}


def without_now(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in figure.items() if name != "now"} for figure in report["figures"]]


def test_a_report_keeps_every_number_with_its_definition(program: Program) -> None:
    report = freeze(program, note="For the minutes.")
    assert (report["from"], report["to"], report["unit"]) == ("2026-03-01", "2026-03-31", "company")
    figures = by_metric(report)
    collected = [metric.key for metric in METRICS if metric.privacy != "self" and is_collected(metric)]
    assert list(figures) == [key for key in collected if key != "dq.freshness"]  # that is of now, not of a day
    ratio = figures["amp.ratio_potential"]
    assert (ratio["value"], ratio["value_exact"], ratio["numerator"], ratio["denominator"]) == (5, "5", 200, 40)
    assert ratio["definition_hash"] == BY_KEY["amp.ratio_potential"].definition_hash
    assert ratio["as_of"] is not None
    delivered = figures["vis.impressions"]
    assert (delivered["value"], delivered["reason"]) == (None, "not_collected")
    assert {figure["now"]["status"] for figure in report["figures"]} == {"same"}
    assert program.get(f"{REPORTS}/{report['id']}").json == report
    (listed,) = program.get(REPORTS).json["data"]
    assert (listed["id"], listed["digest"]) == (report["id"], report["digest"])
    assert "people" not in ratio


def test_the_same_numbers_have_the_same_digest_and_others_another(program: Program, company: World) -> None:
    one, other = freeze(program), freeze(program, title="Again")
    assert one["digest"] == other["digest"]
    for number in range(20, 26):
        company.person(f"p{number}", "company", sizes={1: 10})
    company.fill(TODAY)
    assert freeze(program)["digest"] != one["digest"]


def test_what_a_group_changed_is_told_beside_the_frozen_number(program: Program, company: World) -> None:
    report = freeze(program)
    for number in range(20, 26):
        company.person(f"p{number}", "company", sizes={1: 10})
    company.fill(TODAY)
    again = program.get(f"{REPORTS}/{report['id']}").json
    assert without_now(again) == without_now(report)
    figures = by_metric(again)
    assert figures["amp.potential_reach"]["value"] == 200
    assert figures["amp.potential_reach"]["now"] == {
        "status": "restated", "value": 260, "value_exact": "260", "reason": None, "is_other_definition": False,
        "causes": [],
    }  # fmt: skip
    assert figures["amp.ratio_potential"]["now"]["value_exact"] == "13/2"
    assert figures["amp.brand_followers"]["now"]["status"] == "same"


@pytest.mark.parametrize(("before", "told"), [(200, "restated"), (None, "untold")])
def test_why_a_number_was_restated_is_told_and_what_was_noted_without_numbers_is_not(
    program: Program, company: World, before: int | None, told: str
) -> None:
    report = freeze(program)
    for number in range(20, 26):
        company.person(f"p{number}", "company", sizes={1: 10})
    company.fill(TODAY)
    company.connection.execute(
        text(
            "INSERT INTO restatement (restated_at, metric, unit_key, first_day, last_day, before, after, is_announced, "
            "causes, version, definition_hash) VALUES (:at, 'amp.potential_reach', :unit, :day, :day, :before, :after, "
            ":announced, '{2}', 1, 'x')"
        ),
        {
            "at": clock.now() + timedelta(minutes=1), "unit": company.units["company"], "day": TODAY, "before": before,
            "after": before and 260, "announced": before and True,
        },
    )  # fmt: skip
    figures = by_metric(program.get(f"{REPORTS}/{report['id']}").json)
    for key in ("amp.potential_reach", "amp.ratio_potential"):
        now = figures[key]["now"]
        assert (now["status"], now["causes"]) == (told, ["correction"] if before else [])


def test_what_one_person_changed_is_not_told_by_how_much(program: Program, company: World) -> None:
    report = freeze(program)
    company.withdraw("p7")
    company.fill(TODAY)
    figures = by_metric(program.get(f"{REPORTS}/{report['id']}").json)
    for key in ("amp.potential_reach", "act.opted_in", "amp.ratio_potential", "amp.break_even_participation"):
        now = figures[key]["now"]
        assert (now["status"], now["value"], now["value_exact"], now["reason"]) == ("untold", None, None, None)
        assert figures[key]["value"] is not None


def test_one_who_came_for_one_who_went_is_not_told_either(program: Program, company: World) -> None:
    report = freeze(program)
    company.withdraw("p7")
    company.person("p21", "company", sizes={1: 35})
    company.fill(TODAY)
    now = by_metric(program.get(f"{REPORTS}/{report['id']}").json)["amp.potential_reach"]["now"]
    assert (now["status"], now["value"]) == ("untold", None)


def test_a_group_that_became_too_small_leaves_the_frozen_number(program: Program, company: World) -> None:
    report = freeze(program)
    for number in range(16):
        company.withdraw(f"p{number}")
    company.fill(TODAY)
    figure = by_metric(program.get(f"{REPORTS}/{report['id']}").json)["act.opted_in"]
    assert (figure["value"], figure["now"]["status"], figure["now"]["value"]) == (20, "untold", None)


def test_the_brand_is_no_person_and_is_told(program: Program, company: World) -> None:
    report = freeze(program)
    company.connection.execute(text("UPDATE brand_channel SET followers = 50"))
    figures = by_metric(program.get(f"{REPORTS}/{report['id']}").json)
    assert figures["amp.brand_followers"]["now"]["value"] == 50
    assert figures["amp.ratio_potential"]["now"]["value_exact"] == "4"


def test_erasing_somebody_changes_no_report(program: Program, company: World, settings: Any) -> None:
    report = freeze(program)
    erased = ambient.scalars(select(Employee.id).where(Employee.key == company.people["p3"])).one()
    people.erase(None, erased)
    ambient.flush()
    company.fill(TODAY)
    again = program.get(f"{REPORTS}/{report['id']}").json
    assert without_now(again) == without_now(report)
    assert again["digest"] == report["digest"]
    assert by_metric(again)["amp.potential_reach"]["now"]["status"] == "untold"


def test_figures_of_recruiting_are_for_those_who_may_see_recruiting(app: Any, program: Program) -> None:
    report = freeze(program)
    assert any(key.startswith("rec.") for key in by_metric(report))
    administrator = make_program(app, make_account(None, Role.ADMINISTRATOR))
    seen = by_metric(administrator.get(f"{REPORTS}/{report['id']}").json)
    assert seen
    assert not any(key.startswith("rec.") for key in seen)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"to": "2026-04-01"}, 409),
        ({"from": "2026-03-31", "to": "2026-03-30"}, 422),
        ({"from": "2020-01-01"}, 422),
        ({"to": "0001-01-05"}, 409),
        ({"from": "0001-01-05", "to": "9999-12-31"}, 422),
        ({"from": "1999-13-01"}, 422),
        ({"to": "2026-01-15", "from": "2026-01-01"}, 409),
        ({"title": " "}, 422),
        ({"note": "x" * 1_001}, 422),
        ({"unit": "x"}, 422),
    ],
)
def test_what_cannot_be_frozen_is_refused(program: Program, body: dict[str, Any], status: int) -> None:
    assert program.post(REPORTS, json={"title": "Board", **body}).status_code == status
    assert ambient.scalars(select(Report)).all() == []


def test_nothing_counted_is_nothing_to_freeze(api: Any) -> None:
    answer = api(None, Role.EXECUTIVE).post(REPORTS, json={"title": "Empty"})
    assert answer.status_code == 409


def test_a_repeated_request_freezes_once(program: Program) -> None:
    one, other = (
        program.post(REPORTS, json={"title": "Once"}, headers={"Idempotency-Key": "a-report"}) for _ in range(2)
    )
    assert one.json == other.json
    assert len(ambient.scalars(select(Report)).all()) == 1


def test_reports_are_walked_newest_first_and_are_the_organisations(app: Any, program: Program) -> None:
    ids = [freeze(program)["id"] for _ in range(3)]
    first = program.get(f"{REPORTS}?limit=2").json
    second = program.get(f"{REPORTS}?limit=2&cursor={first['next_cursor']}").json
    assert [row["id"] for row in first["data"] + second["data"]] == ids[::-1]
    reader = make_program(app, None, Role.EXECUTIVE, scopes=(Permission.PROGRAMME_READ,))
    assert reader.post(REPORTS, json={"title": "No"}).status_code == 403
    assert reader.get(f"{REPORTS}/{new_id()}").status_code == 404
    assert make_program(app, None, Role.CURATOR).get(REPORTS).status_code == 403


def test_not_even_the_owner_of_the_tables_changes_a_report(committed_database: Any, owner_url: str) -> None:
    account = make_account(None)
    unit = make_unit("Root").key
    report = Report(
        id=new_id(), title="Kept", first_on=TODAY, last_on=TODAY, unit_key=unit, unit_name="Root", smallest_group=10,
        computed_with="advocacy", digest="0", frozen_at=account.created_at, frozen_by_account_id=account.id,
    )  # fmt: skip
    ambient.add(report)
    ambient.flush()
    figure = frozen(LiveFigure(BY_KEY["act.employed"], Point(TODAY, 20, n=20, numerator=20, behind=20)), 1)
    figure.report_id = report.id
    ambient.add(figure)
    ambient.commit()
    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in (
            "UPDATE report SET title = 'Other'",
            "DELETE FROM report_figure",
            "UPDATE report_figure SET value = 21, value_exact = '21'",
            "DELETE FROM report",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="never changes"):
                connection.execute(statement)


# --- What may be told, metric by metric.


def pair(key: str, before: Point, after: Point) -> tuple[ReportFigure, LiveFigure]:
    return frozen(LiveFigure(BY_KEY[key], before), 1), LiveFigure(BY_KEY[key], after)


def status(kept: ReportFigure, live: LiveFigure | None, smallest_group: int = 5) -> str:
    return now_of([kept], {live.metric.key: live} if live else {}, smallest_group)[kept.metric].status


def share(part: int, whole: int) -> Point:
    return Point(TODAY, Fraction(part, whole), numerator=part, denominator=whole, n=whole)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (share(10, 100), share(10, 100), "same"),
        (share(10, 100), share(15, 100), "restated"),
        (share(10, 100), share(11, 100), "untold"),
        (share(10, 100), share(15, 106), "untold"),
        (share(10, 100), share(15, 105), "restated"),
        (share(10, 100), share(10, 102), "untold"),
        (share(10, 100), Point(TODAY, None, "suppressed"), "untold"),
        (share(10, 100), Point(TODAY, None, "not_collected"), "restated"),
        (Point(TODAY, None, "suppressed"), share(10, 100), "restated"),
    ],
)
def test_a_share_is_told_when_groups_changed_on_both_of_its_sides(before: Point, after: Point, told: str) -> None:
    assert status(*pair("ret.one_and_done_rate", before, after)) == told


def test_a_number_without_parts_is_told_as_restated_only() -> None:
    assert status(*pair("ret.survival_median", Point(TODAY, 90.5), Point(TODAY, 91.0))) == "untold"


def test_a_metric_that_is_gone_keeps_its_frozen_number() -> None:
    kept, _live = pair("act.employed", Point(TODAY, 20), Point(TODAY, 20))
    assert status(kept, None) == "not_read"


def test_a_new_definition_is_marked() -> None:
    kept, live = pair("act.employed", Point(TODAY, 20, behind=20), Point(TODAY, 30, behind=30))
    renewed = replace(live, metric=replace(live.metric, version=live.metric.version + 1))
    now = now_of([kept], {kept.metric: renewed}, 5)[kept.metric]
    assert (now.status, now.is_other_definition) == ("restated", True)
