"""`python -m tests.browser.stage`: make a small organisation through the real services, and print who can sign in.

Thirty people in two teams. Eleven said yes and told their audience beforehand; the heroine was only invited.
"""

import json
import sys
from datetime import timedelta

from advocacy.content.models import AllowedHost
from advocacy.foundation import clock, db
from advocacy.foundation.access import Role
from advocacy.foundation.db import session
from advocacy.identity import service as identity
from advocacy.identity.models import LinkPurpose
from advocacy.people import queries as people_queries
from advocacy.people import service as people
from advocacy.people.models import Purpose, Topic
from advocacy.people.policy import DEFAULT_POLICY
from advocacy.recruiting.models import Opening
from advocacy.sharing.models import BrandChannel
from config.networks import find_network
from tests.factories.people import make_employee, make_unit
from workers import process

SITE = "careers.meridian.example"
ADVOCATES, OTHERS = 11, 14
AUDIENCE_OF_EACH = 200
SCOPES = ("feed:read", "shares:read", "shares:write")
CAST = {
    "curator": Role.CURATOR,
    "approver": Role.APPROVER,
    "recruiter": Role.RECRUITER,
    "executive": Role.EXECUTIVE,
}


def main() -> None:
    settings = process.start("stage")
    linkedin = find_network("linkedin")
    assert linkedin is not None
    printed: dict[str, str] = {}
    tokens: list[str] = []
    with db.unit_of_work():
        people.publish_policy(None, DEFAULT_POLICY)
        root = make_unit("Meridian Works")
        teams = [make_unit("Health Lisbon", parent=root), make_unit("Rail Systems", parent=root)]
        session.add(Topic(name="Health"))
        session.add(AllowedHost(host=SITE, includes_subdomains=False))
        session.add(Opening(reference="MW-1", title="Data engineer", unit_key=root.key))
        session.add(
            BrandChannel(
                network=linkedin.number,
                observed_on=clock.now().date() - timedelta(days=3),
                followers=1_000,
                source="read from the network's page",
            )
        )
        for number in range(ADVOCATES + OTHERS):
            person = make_employee(teams[number % 2])
            if number < ADVOCATES:
                account = identity.create_account(email=str(person.email), employee_key=person.key)
                identity.grant_as_operator(account.id, Role.EMPLOYEE)
                actor = identity.actor_of(account)
                policy = people_queries.current_policy()
                assert policy is not None
                people.acknowledge_policy(actor, policy.id)
                for purpose in (Purpose.TAKE_PART, Purpose.NETWORK_SIZE):
                    people.grant_consent(actor, purpose, source="portal")
                people.set_network_profile(actor, linkedin.number, audience_size=AUDIENCE_OF_EACH)
                people.complete_onboarding(actor)
                tokens.append(identity.make_own_token(actor, name="stage", scopes=SCOPES)[1])
        for name, role in CAST.items():
            person = make_employee(teams[0], name=f"The {name}", email=f"{name}@meridian.example")
            account = identity.create_account(email=str(person.email), employee_key=person.key)
            for granted in (Role.EMPLOYEE, role):
                identity.grant_as_operator(account.id, granted)
            person.onboarded_at = clock.now()
            session.flush()
            printed[name] = f"{settings.portal_url}/link/{identity.make_link(account.id, LinkPurpose.DEMO)}"
        heroine = make_employee(teams[0], name="Inês Duarte", email="ines.duarte@meridian.example")
        identity.invite(identity.OPERATOR, heroine.id)
    json.dump({"links": printed, "tokens": tokens}, sys.stdout)


if __name__ == "__main__":
    main()
