"""What networks let people export: read tolerantly, matched to one's own shares, never stored for anything else."""

import random
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from advocacy.activity.models import DayTouch
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import AdvocacyError, Invalid
from advocacy.people.models import Employee, Purpose
from advocacy.people.roster_file import FileUnreadable, Problems
from advocacy.people.service import withdraw_consent
from advocacy.sharing import queries, service
from advocacy.sharing.exports.formats import FORMATS, MEASURES
from advocacy.sharing.exports.keeping import keep_export
from advocacy.sharing.exports.reading import Post, number_of, read_posts
from advocacy.sharing.models import EngagementSnapshot, MeasureSource
from tests.factories.people import actor_for, make_advocate
from tests.factories.sharing import make_share

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TODAY = NOW.date()
ONE, TWO, OTHER = "7265891122334455001", "7265891122334455002", "7265891122334455999"
FILES = Path(__file__).with_name("exports")
# As LinkedIn writes it for a page: a title and a period before the header, sums we do not take.
LINKEDIN_PAGE = (FILES / "linkedin_page.csv").read_text(encoding="utf-8")
# As LinkedIn writes the posts of a person, saved from the spreadsheet: two tables side by side, sorted apart.
LINKEDIN_PERSON = (FILES / "linkedin_person.tsv").read_text(encoding="utf-8")
X_NOW, X_BEFORE = ((FILES / name).read_text(encoding="utf-8") for name in ("x_now.csv", "x_before.csv"))


def read(text: str | bytes, network: str = "linkedin") -> tuple[list[Post], Problems]:
    problems = Problems()
    return read_posts(text.encode() if isinstance(text, str) else text, FORMATS[network], problems), problems


def test_linkedins_page_export_is_read_behind_its_title() -> None:
    (mine, other), problems = read(LINKEDIN_PAGE)
    assert (mine.identity, mine.numbers) == (
        ONE,
        {"impressions": 1234, "reactions": 41, "comments": 6, "reshares": 3},
    )
    assert other.identity == OTHER
    assert problems.total == 0


def test_linkedins_two_tables_side_by_side_are_put_together_by_post() -> None:
    posts, problems = read(LINKEDIN_PERSON)
    assert {post.identity: post.numbers for post in posts} == {ONE: {"impressions": 1234}, TWO: {"impressions": 2200}}
    assert problems.total == 0


@pytest.mark.parametrize("text", [X_NOW, X_BEFORE])
def test_xs_exports_of_now_and_before_say_the_same(text: str) -> None:
    (post,), problems = read(text, "x")
    assert (post.identity, post.numbers) == (
        "185912345",
        {"impressions": 500, "reactions": 12, "comments": 2, "reshares": 4},
    )
    assert problems.total == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_usual_encoding_and_delimiter_will_do(encoding: str, delimiter: str) -> None:
    lines = [("Post URL", "IMPRESSIONS ", "reactions"), (f"https://lnkd.example/activity-{ONE}", "7", "")]
    (post,), _problems = read("\r\n".join(map(delimiter.join, lines)).encode(encoding))
    assert post.numbers == {"impressions": 7}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1234", 1234), ("1,234", 1234), ("1.234.567", 1234567), ("1\u202f234", 1234), ("12.0", 12), ("0", 0)]
    + [(text, None) for text in ("", " ", "-", "N/A")],
)
def test_counts_are_read_as_exports_write_them(text: str, value: int | None) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize("text", ["1.5", "-3", "many", "1e5", "12 %", "٣", "9999999999"])
def test_what_is_no_count_is_told_and_the_rest_of_the_row_is_used(text: str) -> None:
    (post,), problems = read(f'Post URL,Impressions,Likes\nhttps://l.example/activity-{ONE},"{text}",5\n')
    assert post.numbers == {"reactions": 5}
    assert [(problem.line, problem.column) for problem in problems.shown] == [(2, "impressions")]


def test_a_post_that_stands_twice_with_other_numbers_is_left_out() -> None:
    row = f"https://l.example/activity-{ONE}"
    posts, problems = read(f"Post URL,Impressions\n{row},5\n{row},6\n{row},5\n")
    assert posts == []
    assert problems.total >= 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a spreadsheet", "spreadsheet"),
        ("Größe".encode("latin-1"), "UTF-8"),
        (b"a,b\n1,2\n", "No line names"),
        (b"Post URL,Engagements\nx,1\n", "No line names"),
        (b'Post URL,Impressions\n"' + b"x" * 50_000, "cannot be read"),
    ],
)
def test_a_file_that_is_no_export_is_told_with_what_to_do(body: bytes, says: str) -> None:
    with pytest.raises(FileUnreadable, match=says):
        read(body)


@given(st.binary(max_size=300), st.sampled_from(sorted(FORMATS)))
def test_any_bytes_are_read_or_refused_and_never_an_accident(body: bytes, network: str) -> None:
    for some in (body, b"Post URL,permalink,Impressions,views\n" + body):
        with suppress(FileUnreadable):
            assert all(post.numbers for post in read(some, network)[0])


def test_every_format_names_a_network_of_ours_and_known_measures() -> None:
    from config.networks import find_network

    for key, kind in FORMATS.items():
        assert find_network(key) is not None
        assert set(kind.measures) <= set(MEASURES)
        names = [name for known in kind.measures.values() for name in known]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("network", "one", "same"),
    [
        ("x", "https://x.com/a/status/185912345?s=20", "https://twitter.com/b/status/185912345"),
        ("facebook", "https://www.facebook.com/ines/posts/1", "https://m.facebook.com/ines/posts/1/?ref=x"),
        ("linkedin", f"urn:li:share:{ONE}", f"https://linkedin.com/feed/update/urn%3Ali%3Ashare%3A{ONE}"),
    ],
)
def test_a_post_is_the_same_by_whatever_address(network: str, one: str, same: str) -> None:
    assert FORMATS[network].identity(one) == FORMATS[network].identity(same) is not None


# --- Keeping


@pytest.fixture
def ines(session: Any) -> Any:
    """Give somebody with two posts on LinkedIn whose addresses are known, five days after both."""
    with time_machine.travel(NOW - timedelta(days=5), tick=False):
        person = make_advocate()
        actor = actor_for(person)
        for post in (ONE, TWO):
            share = make_share(actor=actor, confirmed=True).share
            service.confirm_share(actor, share.id, f"https://www.linkedin.com/feed/update/urn:li:activity:{post}/")
    with time_machine.travel(NOW, tick=False):
        yield actor


def snapshots() -> list[EngagementSnapshot]:
    return list(ambient.scalars(select(EngagementSnapshot).order_by(EngagementSnapshot.observed_at)))


def keep(actor: Actor, text: str = LINKEDIN_PAGE, day: date = TODAY, network: str = "linkedin", **how: bool) -> Any:
    return keep_export(actor, network, text.encode(), observed_on=day, **how)


def test_only_own_posts_are_kept_with_source_and_day_and_others_are_told(ines: Actor) -> None:
    ambient.query(DayTouch).delete()
    looked = keep(ines, is_dry_run=True)
    assert (looked.new, len(looked.matched), len(looked.unmatched)) == (1, 1, 1)
    assert snapshots() == []
    assert ambient.query(DayTouch).count() == 0
    assert keep(ines).new == 1
    (kept,) = snapshots()
    assert (kept.source, kept.observed_at, kept.impressions, kept.reshares) == (MeasureSource.EXPORT, NOW, 1234, 3)
    assert set(ambient.scalars(select(DayTouch.day))) == {TODAY - timedelta(days=5)}


def test_the_same_file_twice_is_kept_once_and_other_numbers_are_added(ines: Actor) -> None:
    keep(ines)
    again = keep(ines)
    assert (again.new, again.matched[0].is_kept_already) == (0, True)
    fallen = keep(ines, LINKEDIN_PAGE.replace('"1,234"', "1200"))
    assert (fallen.new, fallen.matched[0].before["impressions"]) == (1, 1234)
    assert [snapshot.impressions for snapshot in snapshots()] == [1234, 1200]


def test_days_are_kept_side_by_side_and_the_latest_day_counts_whenever_it_came(ines: Actor) -> None:
    keep(ines, LINKEDIN_PAGE.replace('"1,234"', "900"), TODAY)
    keep(ines, LINKEDIN_PAGE, TODAY - timedelta(days=2))
    assert [snapshot.impressions for snapshot in snapshots()] == [1234, 900]
    shown = {item.engagement.impressions for item in queries.shares_of(ines).rows if item.engagement is not None}
    assert shown == {900}


def test_the_order_of_files_does_not_matter(ines: Actor) -> None:
    files = [(LINKEDIN_PAGE.replace('"1,234"', str(900 + back)), TODAY - timedelta(days=back)) for back in range(4)]
    found = []
    for seed in range(3):
        attempt = ambient.begin_nested()
        random.Random(seed).shuffle(files)
        for text, day in (*files, *files[:2]):
            keep(ines, text, day)
        found.append([(snapshot.observed_at, snapshot.impressions) for snapshot in snapshots()])
        attempt.rollback()
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 4


def test_nobody_keeps_numbers_of_somebody_elses_posts(ines: Actor, session: Any) -> None:
    report = keep(actor_for(make_advocate()))
    assert (report.matched, len(report.unmatched)) == ((), 2)
    assert snapshots() == []


def test_posts_of_another_network_or_shared_later_are_not_matched(ines: Actor) -> None:
    assert keep(ines, X_NOW, network="x").matched == ()
    before = keep(ines, day=TODAY - timedelta(days=6))
    assert (before.matched, before.problem_total) == ((), 1)
    assert snapshots() == []


def test_a_day_to_come_another_network_and_somebody_without_a_yes_are_refused(ines: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        keep(ines, day=TODAY + timedelta(days=1))
    assert [problem.pointer for problem in refused.value.problems] == ["observed_on"]
    with pytest.raises(Invalid):
        keep(ines, network="email")
    withdraw_consent(ines, Purpose.TAKE_PART, source="test")
    with pytest.raises(AdvocacyError):
        keep(ines)
    assert ambient.get(Employee, ines.employee_key) is not None
    assert snapshots() == []
