"""`python -m tests.faults.crowd NUMBER`: people who take part, each with a token; prints keys and tokens as JSON."""

import json
import os
import sys

from advocacy.foundation import db
from advocacy.foundation.access import Role
from advocacy.identity import service as identity
from advocacy.people import queries, service
from advocacy.people.models import Purpose
from tests.factories.people import make_employee
from workers import process


def main() -> None:
    process.start("crowd")
    crowd = []
    with db.unit_of_work():
        service.ensure_policy()
        policy = queries.current_policy()
        assert policy is not None
        for number in range(int(sys.argv[1])):
            mark = f"crowd-{os.getpid()}-{number}"  # another crowd may be here already
            person = make_employee(external_id=mark, email=f"{mark}@meridian.example")
            account = identity.create_account(email=str(person.email), employee_key=person.key)
            identity.grant_as_operator(account.id, Role.EMPLOYEE)
            actor = identity.actor_of(account)
            service.acknowledge_policy(actor, policy.id)
            service.grant_consent(actor, Purpose.TAKE_PART, source="portal")
            crowd.append((person.key, identity.make_own_token(actor, scopes=("profile:write",), name="crowd")[1]))
    json.dump(crowd, sys.stdout)


if __name__ == "__main__":
    main()
