"""Whole days judged anew: the same facts give the same classes, whatever came first and however often it is asked."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from advocacy.activity.kinds import ClickClass, ClickFlag, Kind
from advocacy.activity.models import ActivityEvent, DayTouch
from advocacy.foundation.columns import new_id
from advocacy.people.models import Employee, Purpose
from advocacy.people.service import erase_month, withdraw_consent
from advocacy.sharing.clicks import importing, judgements, judging, rules
from advocacy.sharing.models import ClickClassChange, ClickJudgement, ClickSeen, OwnVisitor, Share, ShareState
from tests.factories.clicks import AT, FIREFOX, Ambient, clicks, deliver, frame, make_link, make_share
from tests.factories.people import actor_for

DAY = AT.date()
Rule = Callable[..., None]


def classes(session: Ambient) -> dict[str, int]:
    """Return the class of each click by its event."""
    return {str(click.event_id): int(click.click_class or 0) for click in clicks(session)}


def bring(session: Ambient, segments: Sequence[Sequence[bytes]]) -> None:
    for number, frames in enumerate(segments):
        importing.import_segment(deliver(session, f"s{number}", *frames))


def changes(session: Ambient) -> list[ClickClassChange]:
    return list(session.scalars(select(ClickClassChange).order_by(ClickClassChange.key)))


def test_g1_of_the_specification_comes_out(session: Ambient) -> None:
    """Twelve raw clicks: 3 by agents that say so, 3 by behaviour, 1 own, 1 again, 4 human ones by 3 people."""
    mine = make_share(session)
    one, two, three = make_link(session, mine).key, make_link(session).key, make_link(session).key
    session.add(OwnVisitor(day=DAY, visitor_key=50, employee_key=mine.employee_key))
    session.flush()
    frames = [
        frame(one, visitor_key=1, agent=b"LinkedInBot/1.0"),
        frame(one, visitor_key=2, agent=b"Slackbot-LinkExpanding 1.0"),
        frame(one, visitor_key=3, agent=b"python-requests/2.32.3"),
        *[frame(link, AT + timedelta(seconds=9 * n), visitor_key=40) for n, link in enumerate((one, two, three))],
        frame(one, AT + timedelta(minutes=1), visitor_key=50),
        frame(one, AT + timedelta(minutes=2), visitor_key=60),
        frame(one, AT + timedelta(minutes=9), visitor_key=60),
        frame(two, AT + timedelta(minutes=3), visitor_key=60),
        frame(one, AT + timedelta(minutes=4), visitor_key=61),
        frame(one, AT + timedelta(minutes=5), visitor_key=62),
    ]
    bring(session, [frames])
    judging.judge(DAY)
    found = clicks(session)
    assert len(found) == 12
    assert Counter(ClickClass(click.click_class or 0) for click in found) == {
        ClickClass.PREVIEW_BOT: 2,
        ClickClass.SCANNER: 1 + 3,
        ClickClass.OWN: 1,
        ClickClass.REPEATED: 1,
        ClickClass.HUMAN: 4,
    }
    assert len({click.visitor_key for click in found if click.click_class == ClickClass.HUMAN}) == 3


def some_clicks(chance: random.Random, links: Sequence[int]) -> list[bytes]:
    """Return clicks of a busy hour: people, machines by name and by behaviour, gateways, the sharer's own."""
    gateway = b"eur01.safelinks.protection.outlook.com"
    made = []
    for _ in range(60):
        at = AT + timedelta(seconds=chance.choice((1, 1, 40)) * chance.randrange(80), milliseconds=chance.randrange(3))
        made.append(
            frame(
                chance.choice(links),
                at,
                visitor_key=chance.choice((7, 8, 9, 10, 50)),
                agent=chance.choice((FIREFOX, FIREFOX, FIREFOX, b"LinkedInBot/1.0", b"curl/8.5.0")),
                referrer=chance.choice((b"", b"", gateway)),
                flags=chance.choice((0, 0, 0, int(ClickFlag.INTERNAL_ADDRESS), int(ClickFlag.NO_VISITOR_KEY))),
            )
        )
    return made


@pytest.mark.parametrize("seed", range(6))
def test_the_classes_of_a_day_do_not_depend_on_the_order_of_clicks_and_segments(session: Ambient, seed: int) -> None:
    chance = random.Random(seed)
    mine = make_share(session)
    links = [make_link(session, mine).key, *(make_link(session).key for _ in range(3))]
    session.add(OwnVisitor(day=DAY, visitor_key=50, employee_key=mine.employee_key))
    session.flush()
    made = some_clicks(chance, links)
    found = []
    for _ in range(3):
        attempt = session.begin_nested()
        chance.shuffle(made)
        cuts = sorted(chance.sample(range(len(made)), 4))
        segments = [made[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
        # A click that was delivered in two segments happened once.
        bring(session, [*segments, made[:5]])
        judging.judge(DAY)
        assert len(clicks(session)) == len(made)
        found.append(classes(session))
        attempt.rollback()
    assert found[0] == found[1] == found[2]
    assert len(set(found[0].values())) >= 5


def test_an_event_that_is_delivered_twice_is_in_the_ledger_once(session: Ambient) -> None:
    twice, once = frame(make_link(session).key), frame(make_link(session).key, visitor_key=8)
    assert importing.import_segment(deliver(session, "a", twice, twice)) == 1
    assert importing.import_segment(deliver(session, "b", twice, once)) == 1
    assert importing.import_segment(deliver(session, "c", twice, once)) == 0
    assert len(clicks(session)) == 2


def test_judging_again_by_the_same_rules_changes_nothing(session: Ambient) -> None:
    bring(session, [some_clicks(random.Random(3), [make_link(session).key for _ in range(3)])])
    judging.judge(DAY)
    before, told = classes(session), len(changes(session))
    session.execute(text("DELETE FROM day_touch"))
    assert judging.look_at(DAY).verdicts == ()
    assert judging.judge(DAY) == 0
    assert classes(session) == before
    assert len(changes(session)) == told
    assert session.scalars(select(DayTouch)).all() == []


def test_a_rule_that_came_and_went_leaves_the_classes_as_they_were_and_its_trace(
    session: Ambient, rule_against: Rule
) -> None:
    mine = make_share(session)
    own, other = make_link(session, mine).key, make_link(session).key
    session.add(OwnVisitor(day=DAY, visitor_key=50, employee_key=mine.employee_key))
    session.flush()
    bring(session, [[frame(own, visitor_key=50), frame(own), frame(own, AT + timedelta(hours=1)), frame(other)]])
    judging.judge(DAY)
    before, first_rules = classes(session), rules.key_in_force()
    # Whatever led from visitors to people is gone by then; what was found out stays known.
    session.execute(text("DELETE FROM own_visitor"))
    rule_against("Firefox")
    second_rules = rules.key_in_force()
    assert judging.judge(DAY) == 4
    assert set(classes(session).values()) == {ClickClass.SCANNER}
    assert {click.detail for click in clicks(session)} == {second_rules}
    assert [(c.old_rules, c.new_rules, c.new_class) for c in changes(session)] == [
        (first_rules, second_rules, ClickClass.SCANNER)
    ] * 4
    rule_against()
    assert rules.key_in_force() == first_rules
    assert judging.judge(DAY) == 4
    assert classes(session) == before
    assert len(changes(session)) == 8


def test_only_the_class_of_a_click_and_its_rules_change(session: Ambient, rule_against: Rule) -> None:
    def everything() -> list[dict[str, Any]]:
        rows = session.execute(select(ActivityEvent.__table__).order_by(ActivityEvent.event_id)).mappings()
        return [{k: v for k, v in row.items() if k not in {"click_class", "detail"}} for row in rows]

    bring(session, [[frame(make_link(session, make_share(session)).key), frame(make_link(session).key)]])
    before = everything()
    rule_against("Firefox")
    assert judging.judge(DAY) == 2
    assert everything() == before


def test_a_dry_look_changes_nothing_and_says_from_what_to_what(session: Ambient, rule_against: Rule) -> None:
    link = make_link(session).key
    bring(session, [[frame(link), frame(link, AT + timedelta(hours=1)), frame(link, agent=b"curl/8.5.0")]])
    rule_against("Firefox")
    before = classes(session)
    found = judging.look_at(DAY)
    assert found.moves == {
        (ClickClass.HUMAN, ClickClass.SCANNER): 1,
        (ClickClass.REPEATED, ClickClass.SCANNER): 1,
    }
    assert found.clicks == 3
    assert classes(session) == before
    assert changes(session) == []


def test_changed_days_are_touched_in_the_programmes_zone(session: Ambient, rule_against: Rule) -> None:
    late = AT.replace(hour=23, minute=30)  # the next day in Berlin
    bring(session, [[frame(make_link(session).key, late)]])
    session.execute(text("DELETE FROM day_touch"))
    rule_against("Firefox")
    judging.judge(DAY)
    assert set(session.scalars(select(DayTouch.day))) == {DAY + timedelta(days=1)}


def test_what_becomes_human_proves_its_share_and_proof_stays(session: Ambient, rule_against: Rule) -> None:
    share = make_share(session)
    rule_against("Firefox")
    bring(session, [[frame(make_link(session, share).key)]])
    assert session.get_one(Share, share.key, populate_existing=True).state is ShareState.OPENED
    for patterns in ((), ("Firefox",)):
        rule_against(*patterns)
        assert judging.judge(DAY) == 1
        assert session.get_one(Share, share.key, populate_existing=True).state is ShareState.EVIDENCED
    published = select(ActivityEvent).where(ActivityEvent.kind == Kind.SHARE_PUBLISHED)
    assert len(session.scalars(published).all()) == 1


def test_clicks_of_somebody_who_withdrew_stay_nobodys(session: Ambient, rule_against: Rule) -> None:
    share = make_share(session)
    link = make_link(session, share).key
    rule_against("Firefox")
    bring(session, [[frame(link)]])
    person = session.get_one(Employee, share.employee_key)
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    importing.import_segment(deliver(session, "after", frame(link, AT + timedelta(minutes=5), visitor_key=8)))
    rule_against()
    assert judging.judge(DAY) == 2
    before, after = clicks(session)
    assert (before.employee_key, after.employee_key) == (person.key, None)
    assert {before.click_class, after.click_class} == {ClickClass.HUMAN}
    assert session.get_one(Share, share.key, populate_existing=True).state is ShareState.OPENED


def test_a_sharers_own_clicks_before_the_portal_session_are_found_when_the_day_is_judged(session: Ambient) -> None:
    share = make_share(session)
    link = make_link(session, share).key
    bring(session, [[frame(link, visitor_key=50)]])
    assert set(classes(session).values()) == {ClickClass.HUMAN}
    session.add(OwnVisitor(day=DAY, visitor_key=50, employee_key=share.employee_key))
    session.flush()
    assert judging.judge(DAY) == 1
    session.execute(text("DELETE FROM own_visitor"))
    assert judging.judge(DAY) == 0
    assert set(classes(session).values()) == {ClickClass.OWN}


def test_a_click_without_its_facts_keeps_its_class(session: Ambient, rule_against: Rule) -> None:
    link = make_link(session).key
    bring(session, [[frame(link, AT + timedelta(hours=1))]])
    session.execute(
        ActivityEvent.__table__.insert().values(
            occurred_at=AT, event_id=new_id(), visitor_key=7, link_key=link, kind=int(Kind.LINK_CLICKED), click_class=1
        )
    )
    judgements.adopt_ledger()
    rule_against("nothing at all")
    assert judging.judge(DAY) == 1
    brought, ours = clicks(session)
    assert (brought.click_class, ours.click_class) == (ClickClass.HUMAN, ClickClass.REPEATED)
    (row,) = session.scalars(select(ClickJudgement)).all()
    assert (row.human, row.repeated, row.without_facts, row.is_whole_day) == (1, 1, 1, True)


def test_a_late_click_after_visitors_were_forgotten_does_not_count_twice(session: Ambient) -> None:
    link = make_link(session).key
    bring(session, [[frame(link)]])
    judging.judge(DAY)
    session.execute(ClickSeen.__table__.delete())
    importing.import_segment(deliver(session, "late", frame(link, AT - timedelta(hours=1))))
    assert Counter(classes(session).values()) == {ClickClass.HUMAN: 2}
    judging.judge(DAY)
    assert [click.click_class for click in clicks(session)] == [ClickClass.HUMAN, ClickClass.REPEATED]


def test_an_erased_person_leaves_no_change_of_a_class_behind(session: Ambient, rule_against: Rule) -> None:
    gone, stays = make_share(session), make_share(session)
    bring(session, [[frame(make_link(session, share).key) for share in (gone, stays)]])
    rule_against("Firefox")
    assert judging.judge(DAY) == 2
    session.execute(update(Employee).where(Employee.key == gone.employee_key).values(erased_at=AT))
    assert erase_month(gone.employee_key, DAY.replace(day=1)) == 1
    (kept,) = changes(session)
    assert [kept.event_id] == [click.event_id for click in clicks(session)]


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [([1], [7], "no such class"), ([1], [0], "no such class"), ([1, 1], [2], "differ in number")],
)
def test_the_ledger_refuses_what_is_no_class(session: Ambient, was: list[int], becomes: list[int], says: str) -> None:
    bring(session, [[frame(make_link(session).key)]])
    (click,) = clicks(session)
    with pytest.raises(DBAPIError, match=says):
        session.execute(judging._CHANGE, wish(click, was=was, becomes=becomes))


def test_a_click_that_was_judged_otherwise_meanwhile_or_is_no_click_stays(session: Ambient) -> None:
    bring(session, [[frame(make_link(session).key)]])
    (click,) = clicks(session)
    assert session.scalar(judging._CHANGE, wish(click, was=[3], becomes=[2])) == 0
    assert session.scalar(judging._CHANGE, wish(click, day=DAY + timedelta(days=1))) == 0
    assert session.scalar(judging._CHANGE, wish(click)) == 1
    assert [click.click_class for click in clicks(session)] == [ClickClass.SCANNER]


def wish(click: ActivityEvent, **other: Any) -> dict[str, Any]:
    plain = {"day": DAY, "rules": 2, "asked_in": None, "events": [click.event_id], "was": [1], "becomes": [3]}
    return plain | other
