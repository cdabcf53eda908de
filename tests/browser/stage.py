"""`python -m tests.browser.stage`: make a small organisation through the real services, and print who can sign in.

Thirty people in two teams, since three days. Eleven said yes and told their audience beforehand; one of them shared.
The heroine was only invited. `python -m tests.browser.stage leaver` adds somebody who took part for two days,
`report` freezes a report once something was counted, `reader` adds somebody who takes part and is told nothing yet, and
`digest` lets the hour of their mail come.
"""

import json
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine
from sqlalchemy import select, text

from advocacy.content import service as content
from advocacy.content.campaigns import start_campaign
from advocacy.content.models import AllowedHost, ContentItem, Decision, ItemKind
from advocacy.content.queries import current_version, feed_for
from advocacy.conversations import service as conversations
from advocacy.conversations.models import ConversationKind, Outcome
from advocacy.foundation import clock, db
from advocacy.foundation.access import Actor, Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.identity import service as identity
from advocacy.identity.models import Account, LinkPurpose
from advocacy.learning import queries as lessons
from advocacy.learning import service as learning
from advocacy.learning import taking
from advocacy.learning.models import Lesson
from advocacy.measurement.scenario import Inputs
from advocacy.notifications import service as notifications
from advocacy.people import queries as people_queries
from advocacy.people import service as people
from advocacy.people.models import Employee, OrgUnit, Purpose, Topic
from advocacy.people.policy import DEFAULT_POLICY
from advocacy.people.queries import today
from advocacy.programme import service as programme
from advocacy.recruiting.models import Opening
from advocacy.sharing import planning, qr_codes
from advocacy.sharing import service as sharing
from advocacy.sharing.account_models import AuthorizationState, NetworkAccount, PostState
from advocacy.sharing.accounts.access import change_access
from advocacy.sharing.accounts.connecting import start_connection
from advocacy.sharing.accounts.pressing import post_now, share_id_of
from advocacy.sharing.accounts.tokens import Tokens, seal
from advocacy.sharing.digests.links import sheet_url, stop_url
from advocacy.sharing.models import BrandChannel
from config.networks import find_network
from tests.factories.notifications import choose
from tests.factories.people import make_employee, make_unit
from tests.factories.sharing import tomorrow_noon
from workers import process

SITE = "careers.meridian.example"
DAYS = 3
TEAMS = ("Health Lisbon", "Rail Systems")
ADVOCATES, OTHERS = 11, 14
AUDIENCE_OF_EACH = 200
AUDIENCE_OF_LEAVER = 700
READER, NOON = "tomas.reis@meridian.example", 12
SCOPES = ("feed:read", "shares:read", "shares:write")
CAST = {
    "curator": Role.CURATOR,
    "approver": Role.APPROVER,
    "recruiter": Role.RECRUITER,
    "executive": Role.EXECUTIVE,
    "administrator": Role.ADMINISTRATOR,
}


def main() -> None:
    settings = process.start("stage")

    def way_in(actor: Actor) -> str:
        assert actor.account_id is not None
        return f"{settings.portal_url}/link/{identity.make_link(actor.account_id, LinkPurpose.DEMO)}"

    with db.unit_of_work():
        if sys.argv[1:] == ["leaver"]:
            with time_machine.travel(_days_ago(2)):
                leaver, link = _leaver()
            told: dict[str, Any] = {"way_in": way_in(leaver), "link": link}
        elif sys.argv[1:] == ["report"]:
            told = _report()
        elif sys.argv[1:] == ["reader"]:
            told = {"way_in": way_in(_reader())}
        elif sys.argv[1:] == ["digest"]:
            told = {"address": _digest()}
        else:
            with time_machine.travel(_days_ago(DAYS)):
                teams = _found()
                advocates = [_advocate(teams[number % 2]) for number in range(ADVOCATES)]
                for number in range(OTHERS):
                    make_employee(teams[number % 2])
                cast = {name: _member(teams[0], f"The {name}", role, name=name) for name, role in CAST.items()}
                ids = _contents(cast["curator"], cast["approver"]) | _share(advocates[-1])
            planning.plan_share(
                advocates[-1],
                item_id=UUID(ids["item"]),
                network_key="linkedin",
                text="For a quieter morning.",
                planned_for=tomorrow_noon(),
            )
            qr_codes.make_own(advocates[-1], UUID(ids["item"]))
            qr_codes.make_for_item(cast["curator"], UUID(ids["item"]))
            cast |= {"advocate": advocates[-1], "newcomer": _newcomer(teams[0])}
            tokens = [identity.make_own_token(actor, name="stage", scopes=SCOPES)[1] for actor in advocates]
            heroine = make_employee(teams[0], name="Inês Duarte", email="ines.duarte@meridian.example")
            identity.invite(identity.OPERATOR, heroine.id)
            ids["person"] = str(heroine.id)
            reader = advocates[-1].employee_id
            assert reader is not None
            ids |= {"sheet": sheet_url(reader, UUID(ids["item"])), "stop": stop_url(reader)}
            ids |= _kept_scenarios(cast["executive"]) | _learned(advocates[-1])
            ids |= _connected(cast["administrator"], advocates[-1])
            told = {"links": {name: way_in(actor) for name, actor in cast.items()}, "tokens": tokens, "ids": ids}
    json.dump(told, sys.stdout)


def _days_ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)


def _found() -> list[OrgUnit]:
    session.execute(text("SELECT ensure_activity_partition(:day)"), {"day": clock.now().date()})
    people.publish_policy(None, DEFAULT_POLICY)
    root = make_unit("Meridian Works")
    session.add(Topic(name="Health"))
    session.add(AllowedHost(host=SITE, includes_subdomains=False))
    session.add(Opening(reference="MW-1", title="Data engineer", unit_key=root.key))
    linkedin = find_network("linkedin")
    assert linkedin is not None
    session.add(
        BrandChannel(
            network=linkedin.number,
            observed_on=clock.now().date(),
            followers=1_000,
            source="read from the network's page",
        )
    )
    return [make_unit(name, parent=root) for name in TEAMS]


def _account(employee: Employee, *roles: Role) -> Account:
    account = identity.create_account(email=str(employee.email), employee_key=employee.key)
    for role in (Role.EMPLOYEE, *roles):
        identity.grant_as_operator(account.id, role)
    return account


def _advocate(team: OrgUnit, audience: int | None = AUDIENCE_OF_EACH, **fields: Any) -> Actor:
    actor = identity.actor_of(_account(make_employee(team, **fields)))
    policy, linkedin = people_queries.current_policy(), find_network("linkedin")
    assert policy is not None
    assert linkedin is not None
    people.acknowledge_policy(actor, policy.id)
    people.grant_consent(actor, Purpose.TAKE_PART, source="portal")
    if audience is not None:
        people.grant_consent(actor, Purpose.NETWORK_SIZE, source="portal")
        people.set_network_profile(actor, linkedin.number, audience_size=audience)
    people.complete_onboarding(actor)
    return actor


def _member(team: OrgUnit, title: str, role: Role, *, name: str) -> Actor:
    person = make_employee(team, name=title, email=f"{name}@meridian.example")
    person.onboarded_at = clock.now()
    return identity.actor_of(_account(person, role))


def _newcomer(team: OrgUnit) -> Actor:
    return identity.actor_of(_account(make_employee(team, name="Noa Lind", email="noa.lind@meridian.example")))


def _contents(curator: Actor, approver: Actor) -> dict[str, str]:
    """Return an item of each kind of page: live, waiting for a decision, and a draft."""

    def item(title: str) -> ContentItem:
        return content.draft_item(
            curator,
            kind=ItemKind.ARTICLE,
            texts={"en": {"title": title, "summary": "Two sentences about it. The second is short."}},
            captions=[{"network": None, "language": "en", "text": "I was on shift that night."}],
            destination=f"https://{SITE}/stories/{title.rsplit(maxsplit=1)[-1]}",
        )

    live, waiting, draft = item("The night the grid stayed quiet"), item("What we fixed"), item("An open day")
    for sent in (live, waiting):
        content.submit_item(curator, sent.id)
    seen = current_version(live).hash.hex()
    content.decide(approver, live.id, decision=Decision.APPROVED, seen_hash=seen)
    campaign = start_campaign(curator, name="Winter", goal="People know how we work.", starts_on=today())
    content.change_item(curator, draft.id, seen_version=draft.row_version, campaign_id=campaign.id)
    ids = {"item": live.id, "waiting": waiting.id, "draft": draft.id, "campaign": campaign.id}
    return {name: str(value) for name, value in ids.items()}


def _share(actor: Actor) -> dict[str, str]:
    item = feed_for(actor, limit=1).rows[0]
    opened = sharing.open_share(actor, item_id=item.id, network_key="linkedin", text="I was there. Ask me about it.")
    sharing.confirm_share(actor, opened.share.id)
    conversations.log_conversation(actor, kind=ConversationKind.PROSPECT, outcome=Outcome.OPEN)
    return {"share": str(opened.share.id), "link": str(opened.link_url)}


def _connected(administrator: Actor, advocate: Actor) -> dict[str, str]:
    """Return an attempt to connect that is ready to go on, and a post that a network did not take."""
    change_access(administrator, "mastodon", is_on=True, knows_terms=True, reads_numbers=True, seen_version=0)
    network = find_network("mastodon")
    assert network is not None
    attempt = start_connection(advocate, "mastodon", browser=b"0" * 32, server="social.meridian.example")
    attempt.state, attempt.authorize_url = AuthorizationState.READY, "https://social.meridian.example/oauth/authorize"
    account_id = new_id()
    session.add(
        NetworkAccount(
            id=account_id,
            employee_key=attempt.employee_key,
            network=network.number,
            server="https://social.meridian.example",
            subject="1",
            handle="@person@social.meridian.example",
            sealed=seal(Tokens("none"), account_id),
            scopes=["profile", "write:statuses"],
            reads_numbers=True,
            reads_followers=False,
        )
    )
    session.flush()
    item = feed_for(advocate, limit=1).rows[0]
    post = post_now(
        advocate, press_key=new_id(), item_id=item.id, network_key="mastodon", text="I was there. Ask me about it."
    )
    post.state, post.problem, post.ended_at = PostState.REFUSED, "not_reached", clock.now()
    return {"attempt": str(attempt.id), "posted": str(share_id_of(post))}


def _kept_scenarios(executive: Actor) -> dict[str, str]:
    """Return two scenarios side by side: nothing left to chance, and what a heavy tail makes of the same mean."""
    even = Inputs(employees=350_000, audience=10, brand=1_000_000, participation="0.03")
    uneven = replace(even, spread="lognormal", addressable=50_000_000)
    one, other = (
        programme.save_scenario(executive, name=name, inputs=inputs, note="For the board in November.")
        for name, inputs in (("Three in a hundred", even), ("A few hold most", uneven))
    )
    return {"scenario": str(other.id), "other_scenario": str(one.id)}


def _learned(actor: Actor) -> dict[str, str]:
    """Return a lesson of those delivered, passed, and the certificate that its reader shows."""
    learning.install_defaults()
    lesson = session.scalars(select(Lesson).order_by(Lesson.position)).first()
    assert lesson is not None
    assert lesson.live_version_id is not None
    questions = lessons.texts_of(lesson.live_version_id)["en"].questions
    right = [question["right"] for question in questions]
    taking.answer_lesson(actor, lesson.id, right, version_id=lesson.live_version_id, language="en")
    taking.issue_certificate(actor)
    return {"lesson": str(lesson.id), "certificate": taking.show_certificate(actor, is_shown=True).code}


def _report() -> dict[str, str]:
    account = session.scalars(select(Account).where(Account.email == "executive@meridian.example")).one()
    report = programme.freeze_report(identity.actor_of(account), title="Board meeting", note="For the minutes.")
    return {"report": str(report.id)}


def _leaver() -> tuple[Actor, str]:
    session.execute(text("SELECT ensure_activity_partition(:day)"), {"day": clock.now().date()})
    actor = _advocate(_second_team(), AUDIENCE_OF_LEAVER)
    return actor, _share(actor)["link"]


def _second_team() -> OrgUnit:
    return session.scalars(select(OrgUnit).where(OrgUnit.name == TEAMS[1])).one()


def _reader() -> Actor:
    """Return somebody who keeps their audience to themselves, so that no number of another journey changes."""
    return _advocate(_second_team(), None, name="Tomás Reis", email=READER)


def _digest() -> str:
    """Let it be noon where the reader lives, so that neither the hour nor a day that ends now matters to the mail."""
    west = clock.now().hour - NOON
    reader = session.scalars(select(Employee).where(Employee.email == READER)).one()
    choose(reader, time_zone=f"Etc/GMT{west:+d}", digest_days=range(1, 8), digest_hour=NOON)
    notifications.start_runs()
    return READER


if __name__ == "__main__":
    main()
