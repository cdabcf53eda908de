"""Whatever people do to an item in whatever order: nothing is live that was not approved in that very version."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from advocacy.content import queries, service
from advocacy.content.models import ContentVersion, Decision, ItemState, Review
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import AdvocacyError
from tests.factories.content import make_actor, make_item


class Approval(RuleBasedStateMachine):
    """Two people who may each write and review, one item, and a memory of what was agreed."""

    def __init__(self):
        super().__init__()
        self.people = []
        self.approved = set()
        self.was_live = False

    @initialize()
    def write_the_item(self):
        self.people = [make_actor(Role.CURATOR, Role.APPROVER) for _number in range(3)]
        self.item = make_item(author=self.people[0])
        self.seen = queries.current_version(self.item).hash.hex()

    def attempt(self, act, *arguments, **named):
        try:
            return act(*arguments, **named)
        except AdvocacyError:
            return None

    @rule(person=st.integers(0, 2), title=st.sampled_from(["a", "b", "c"]))
    def edit(self, person, title):
        self.attempt(
            service.change_item,
            self.people[person],
            self.item.id,
            seen_version=self.item.row_version,
            texts={"en": {"title": title, "summary": ""}},
        )

    @rule(person=st.integers(0, 2))
    def submit(self, person):
        self.attempt(service.submit_item, self.people[person], self.item.id)

    @rule()
    def look(self):
        self.seen = queries.current_version(self.item).hash.hex()

    @rule(person=st.integers(0, 2), decision=st.sampled_from(Decision))
    def decide(self, person, decision):
        version = queries.current_version(self.item)
        actor = self.people[person]
        done = self.attempt(
            service.decide, actor, self.item.id, decision=decision, seen_hash=self.seen, reason="Because."
        )
        if done is not None:
            assert version.hash.hex() == self.seen
            assert actor.account_id not in (version.created_by, self.item.author_account_id)
            if decision is Decision.APPROVED:
                self.approved.add(version.id)

    @rule(reviewer=st.integers(1, 2))
    def go_the_straight_way(self, reviewer):
        self.submit(0)
        self.look()
        self.decide(reviewer, Decision.APPROVED)

    @rule()
    def advance(self):
        service.advance_items()

    @precondition(lambda self: self.was_live)
    @rule(person=st.integers(0, 2), is_meant=st.sampled_from([False, False, False, True]))
    def withdraw(self, person, is_meant):
        if not is_meant:  # it ends the story, so it must not end most stories early
            return
        self.attempt(service.withdraw_item, self.people[person], self.item.id, reason="Over.")

    @invariant()
    def what_is_live_was_approved_as_it_stands(self):
        if not self.people:
            return
        live = self.item.live_version_id
        self.was_live = self.was_live or live is not None
        if live is not None:
            version = ambient.get_one(ContentVersion, live)
            assert live in self.approved
            assert any(
                review.version_hash == version.hash and review.decision is Decision.APPROVED
                for review in ambient.query(Review).filter_by(version_id=live)
            )
        if self.item.state is ItemState.LIVE:
            assert live == self.item.current_version_id
        if self.item.state is ItemState.WITHDRAWN:
            assert live is None


@pytest.mark.usefixtures("session")
def test_nothing_is_live_that_was_not_approved_in_that_version():
    run_state_machine_as_test(
        Approval,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
