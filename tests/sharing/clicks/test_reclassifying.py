"""Judging history again: who may ask, which days, how far it is, and what the numbers say afterwards."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from advocacy.activity.kinds import ClickClass
from advocacy.foundation.access import Actor, Grant, Role
from advocacy.foundation.errors import Invalid, NotPermitted
from advocacy.foundation.models import AuditEvent
from advocacy.measurement import fill
from advocacy.measurement.rollups import ROLLUPS
from advocacy.sharing.clicks import importing, judgements, overview, reclassifying, rules
from advocacy.sharing.models import ClickClassChange, ClickJudgement, ClickRules, ClickRulesInstalled, ShareState
from tests.factories.clicks import AT, Ambient, clicks, deliver, frame, make_link, make_share
from tests.factories.identity import make_account
from tests.factories.people import make_policy

DAY = AT.date()
Rule = Callable[..., None]
pytestmark = pytest.mark.usefixtures("later")


def administrator() -> Actor:
    return Actor(make_account().id, None, grants=(Grant(Role.ADMINISTRATOR),))


def judged(session: Ambient, day: date = DAY) -> list[tuple[int | None, bool, int]]:
    rows = session.scalars(select(ClickJudgement).where(ClickJudgement.day == day).order_by(ClickJudgement.key))
    return [(row.rules_key, row.is_whole_day, row.human + row.scanner + row.repeated) for row in rows]


def test_each_set_of_rules_is_written_down_once_with_what_it_changed(
    session: Ambient, rule_against: Rule, later: Any
) -> None:
    first = rules.key_in_force()
    assert rules.key_in_force() == first
    rule_against("Firefox")
    later.shift(60)
    second = rules.key_in_force()
    rule_against()
    later.shift(60)
    assert rules.key_in_force() == first  # known already; noted as in force again by the next settling
    reclassifying.settle_due_days()
    reclassifying.settle_due_days()
    told = session.scalars(select(ClickRulesInstalled).order_by(ClickRulesInstalled.key)).all()
    assert [(each.rules_key, each.changed) for each in told] == [
        (first, sorted(rules.current_parts())),
        (second, ["own_lists"]),
        (first, ["own_lists"]),
    ]
    held = rules.in_force()
    assert held is not None
    assert (held.key, held.installed_at, held.is_ours) == (first, told[-1].installed_at, True)
    assert bytes.fromhex(held.digest) == session.get_one(ClickRules, first).sha256
    json.dumps(held.parts)


def test_rules_that_judge_nothing_yet_are_told_apart(session: Ambient, rule_against: Rule) -> None:
    assert rules.in_force() is None
    rules.key_in_force()
    rule_against("Firefox")
    held = rules.in_force()
    assert held is not None
    assert not held.is_ours


def test_new_own_addresses_are_new_rules_that_judge_old_clicks_alike(session: Ambient) -> None:
    before = rules.key_in_force()
    session.execute(text("INSERT INTO internal_range (range) VALUES ('203.0.113.0/24')"))
    after = rules.key_in_force()
    assert after != before
    assert rules.judging_alike(after) == {before, after}


def test_the_seed_of_the_hash_is_the_content_and_not_the_order(session: Ambient) -> None:
    parts = rules.current_parts()
    assert rules._digest(parts) == rules._digest(dict(reversed(parts.items())))
    assert rules._digest(parts) != rules._digest({**parts, "cascade": -1})


def test_a_day_is_settled_once_it_is_over_and_again_when_something_comes_late(
    session: Ambient, recorded_jobs: Any, later: Any
) -> None:
    later.move_to(AT + timedelta(minutes=5))
    link = make_link(session).key
    importing.import_segment(deliver(session, "a", frame(link)))
    importing.import_segment(deliver(session, "b", frame(link, AT + timedelta(minutes=1))))
    key = rules.key_in_force()
    assert judged(session) == [(key, False, 1), (key, False, 1)]
    assert reclassifying.settle_due_days() == 0
    later.move_to(datetime(2026, 11, 21, 0, 59, tzinfo=UTC))
    assert reclassifying.settle_due_days() == 0
    later.move_to(datetime(2026, 11, 21, 1, 1, tzinfo=UTC))
    assert reclassifying.settle_due_days() == 1
    recorded_jobs.run("sharing.judge_clicks")
    assert judged(session) == [(key, True, 2)]
    assert reclassifying.settle_due_days() == 0
    importing.import_segment(deliver(session, "late", frame(link, visitor_key=9)))
    assert judged(session) == [(key, True, 2), (key, False, 1)]
    assert reclassifying.settle_due_days() == 1
    recorded_jobs.run("sharing.judge_clicks")
    assert judged(session) == [(key, True, 3)]


def test_new_rules_reach_back_two_days_by_themselves_and_further_only_when_asked(
    session: Ambient, recorded_jobs: Any, later: Any, rule_against: Rule
) -> None:
    link = make_link(session).key
    importing.import_segment(deliver(session, "a", frame(link)))
    reclassifying.settle_due_days()
    recorded_jobs.run("sharing.judge_clicks")
    rule_against("Firefox")
    importing.import_segment(deliver(session, "late", frame(link, visitor_key=9)))
    assert reclassifying.settle_due_days() == 0
    later.move_to(datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert reclassifying.settle_due_days() == 1


def test_clicks_that_nobody_looked_at_do_not_count_as_judged(session: Ambient) -> None:
    link = make_link(session).key
    importing.import_segment(deliver(session, "a", frame(link)))
    seen = judgements.keys_of(DAY)
    importing.import_segment(deliver(session, "meanwhile", frame(link, visitor_key=9)))
    judgements.replace(DAY, rules.key_in_force(), seen=seen)
    assert judged(session) == [(rules.key_in_force(), False, 2)]


def test_asked_days_are_judged_again_and_everything_is_written_down(
    session: Ambient, recorded_jobs: Any, rule_against: Rule
) -> None:
    link = make_link(session).key
    importing.import_segment(deliver(session, "a", frame(link), frame(link, AT - timedelta(days=1))))
    rule_against("Firefox")
    standing = overview.standing(90)
    assert (standing.raw, standing.human, standing.by_older_rules) == (2, 2, 0)
    rules.key_in_force()
    standing = overview.standing(90)
    assert (standing.by_older_rules, standing.oldest_by_older_rules) == (2, DAY - timedelta(days=1))
    actor = administrator()
    wanted = reclassifying.ask(actor, DAY - timedelta(days=2), DAY)
    assert [job.arguments["day"] for job in recorded_jobs.all("sharing.judge_clicks")] == [
        str(DAY - timedelta(days=back)) for back in range(3)
    ]
    (before,) = reclassifying.reclassifications(limit=5)
    assert (before.days, before.days_done, before.changed, before.is_done) == (3, 0, 0, False)
    recorded_jobs.run("sharing.judge_clicks")
    (after,) = reclassifying.reclassifications(limit=5)
    assert (after.days, after.days_done, after.changed, after.is_done) == (3, 3, 2, True)
    assert after.asked_by == actor.account_id
    assert set(session.scalars(select(ClickClassChange.asked_in_key))) == {wanted.key}
    standing = overview.standing(90)
    assert (standing.raw, standing.human, standing.by_older_rules) == (2, 0, 0)
    assert standing.by_class[ClickClass.SCANNER] == 2
    told = session.scalars(select(AuditEvent).where(AuditEvent.action == "clicks.reclassified")).one()
    assert (told.actor_account_id, told.subject_id) == (actor.account_id, wanted.id)
    assert told.details["first_day"] == str(DAY - timedelta(days=2))


def test_a_rehearsal_tells_each_day_and_changes_nothing(session: Ambient, rule_against: Rule) -> None:
    importing.import_segment(deliver(session, "a", frame(make_link(session).key)))
    rule_against("Firefox")
    newest, older = reclassifying.preview(DAY - timedelta(days=1), DAY)
    assert (newest.day, dict(newest.moves)) == (DAY, {(ClickClass.HUMAN, ClickClass.SCANNER): 1})
    assert (older.clicks, dict(older.moves)) == (0, {})
    assert [click.click_class for click in clicks(session)] == [ClickClass.HUMAN]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (DAY, DAY - timedelta(days=1), "first_day"),
        (date(2020, 1, 1), DAY, "first_day"),
        (DAY, date(2026, 11, 25), "last_day"),
    ],
)
def test_days_that_are_not_kept_or_not_over_are_refused(session: Ambient, first: date, last: date, field: str) -> None:
    importing.import_segment(deliver(session, "a", frame(make_link(session).key)))
    with pytest.raises(Invalid) as refused:
        reclassifying.ask(None, first, last)
    assert [problem.pointer for problem in refused.value.problems] == [field]


def test_only_who_may_change_settings_asks(session: Ambient) -> None:
    with pytest.raises(NotPermitted):
        reclassifying.ask(Actor(make_account().id, None, grants=(Grant(Role.EXECUTIVE),)), DAY, DAY)


def test_numbers_after_judging_again_are_those_of_a_fresh_import_under_the_new_rules(
    session: Ambient, recorded_jobs: Any, rule_against: Rule
) -> None:
    make_policy()
    shares = [make_share(session, ShareState.EVIDENCED) for _ in range(3)]
    links = [make_link(session, share).key for share in shares]
    agents = (b"Mozilla/5.0 (X11; Linux x86_64) Gecko/1 Firefox/128.0", b"Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0")
    segments = [
        [
            frame(link, AT - timedelta(days=day, minutes=7 * number), visitor_key=number % 5, agent=agents[number % 2])
            for number, link in enumerate(links * 4)
        ]
        for day in range(3)
    ]

    def bring() -> None:
        for number, frames in enumerate(segments):
            importing.import_segment(deliver(session, f"s{number}", *frames))

    def numbers() -> dict[str, list[tuple[Any, ...]]]:
        connection = session.connection()
        fill.fill_everything(connection)
        return {
            rollup.table: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {rollup.table}"))), key=repr)
            for rollup in ROLLUPS
        }

    fresh = session.begin_nested()
    rule_against("Firefox")
    bring()
    expected = numbers()
    fresh.rollback()
    rule_against()
    bring()
    before = numbers()
    rule_against("Firefox")
    reclassifying.ask(None, DAY - timedelta(days=2), DAY)
    recorded_jobs.run("sharing.judge_clicks")
    assert numbers() == expected
    assert before["daily_clicks_by_link"] != expected["daily_clicks_by_link"]
    assert before["page_amplification"] != expected["page_amplification"]
