"""Rules that could keep people from talking about their work are noticed; rules about secrets and fairness are not."""

import pytest

from advocacy.foundation import audit
from advocacy.foundation.access import Role
from advocacy.foundation.errors import Invalid
from advocacy.people.policy import DEFAULT_POLICY
from advocacy.people.protected_speech import findings_in, findings_in_phrase, findings_in_policy
from advocacy.people.service import publish_policy
from tests.factories.content import make_actor


@pytest.mark.parametrize(
    ("text", "topic", "words"),
    [
        ("Do not talk about your salary in public.", "pay and benefits", "salary"),
        ("Wages are confidential.", "pay and benefits", "Wages"),
        ("Employees must not post about overtime or shifts.", "hours and shifts", "overtime"),
        ("Never criticise your manager online.", "those in charge", "manager"),
        ("It’s fine to share. But don’t mention working conditions.", "working conditions", "working conditions"),
        ("Posts about the union need approval and are prohibited otherwise.", "organising", "union"),
        ("Only speak with written permission about staffing.", "working conditions", "staffing"),
        ("Über Gehälter wird nicht gesprochen.", "pay and benefits", "Gehälter"),
        ("Beiträge zum Betriebsrat sind untersagt.", "organising", "Betriebsrat"),
        ("No publique nada sobre su sueldo.", "pay and benefits", "sueldo"),
        ("Be positive at all times.", "speech in general", "Be positive"),
        ("Do not disparage the company.", "speech in general", "disparage"),
        ("Nothing may damage our good reputation.", "speech in general", "damage our good reputation"),
        ("Stets nur positiv schreiben!", "speech in general", "Stets nur positiv"),
    ],
)
def test_a_rule_that_chills_protected_talk_is_noticed_where_it_stands(text, topic, words):
    found = findings_in(text)
    assert (found[0].topic, found[0].words) == (topic, words)
    assert text[found[0].start : found[0].end] == words
    assert found[0].source.startswith("NLRA")


@pytest.mark.parametrize(
    "text",
    [
        "Keep trade secrets secret, and be fair to other companies.",
        "Do not publish customer data or source code.",
        "You may talk about pay, hours and conditions.",
        "Nothing in this policy limits talk about wages.",
        "Nobody may press you to share, and no pay decision looks at this.",
        "Say that you work here when you write about our work.",
        "Geben Sie keine Kundendaten weiter.",
        "Our benefits are described in the handbook.",
        "Never share a password.",
    ],
)
def test_a_rule_about_something_else_is_left_alone(text):
    assert findings_in(text) == []


def test_the_policy_as_delivered_chills_nothing():
    assert findings_in_policy(DEFAULT_POLICY) == {}


@pytest.mark.parametrize(
    ("phrase", "topics"),
    [
        ("union", ["organising"]),
        ("low wages", ["pay and benefits"]),
        ("Streik", ["organising"]),
        ("unfair boss", ["those in charge"]),
        ("guaranteed return", []),
        ("best in class", []),
        ("leadership", []),
        ("payment terminal", []),
    ],
)
def test_a_word_to_avoid_that_is_about_work_is_noticed(phrase, topics):
    assert [finding.topic for finding in findings_in_phrase(phrase)] == topics


def test_such_a_policy_is_published_only_with_a_reason_that_stays_on_the_trail(session):
    body = {"en": [{"heading": "Rules", "text": "Do not talk about your salary."}]}
    administrator = make_actor(Role.ADMINISTRATOR)
    with pytest.raises(Invalid) as refused:
        publish_policy(administrator, body)
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [
        ("body/en/0/text", "protected_speech"),
        ("override_reason", "missing"),
    ]
    publish_policy(administrator, body, override_reason="Counsel read it: it concerns other people's salaries.")
    event = audit.recent(limit=1)[0][0]
    assert event.action == "policy.published"
    assert event.details["override_reason"].startswith("Counsel read it")
    assert event.details["protected"] == [{"pointer": "body/en/0/text", "topic": "pay and benefits", "words": "salary"}]
    with pytest.raises(Invalid):
        publish_policy(administrator, body, override_reason="x" * 501)
