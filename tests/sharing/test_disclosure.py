"""Readers see where the author works, near what is said."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from advocacy.foundation import audit, preferences
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotPermitted
from advocacy.sharing.disclosure import Case, Rulebook, changing, disclose, find_disclosure, today
from advocacy.sharing.limits import LONGEST_WORDING
from advocacy.sharing.rule_models import Incentive, Relationship, Requirement, Statement
from config.networks import find_network, networks
from tests.factories.content import make_actor

LINE = "I work at Meridian Works."
LINKEDIN = find_network("linkedin")


@pytest.fixture(autouse=True)
def _deployment(session):
    """The wording is a setting, so it is read from the database."""


def disclosed(text, network=LINKEDIN, country="US", language="en", is_locked=False, **options):
    return disclose(text, network=network, country=country, language=language, is_locked=is_locked, **options)


@pytest.fixture
def administrator():
    return make_actor(Role.ADMINISTRATOR)


def rule(administrator, requirement=Requirement.REQUIRED, **options):
    return changing.add_rule(
        administrator, requirement=requirement, **({"why": "Because.", "source": "Counsel"} | options)
    )


@pytest.mark.parametrize(
    "text",
    [
        "I work at Meridian Works. Read this.",
        "My company, Meridian Works, has something new.",
        "We at Meridian Works are hiring.",
        "We celebrate, and I work in sales at Meridian Works!",
        "Proud of our team at Meridian Works.",
        "As a proud Meridian Works employee I may be biased.",
        "Our new pump is out! #MeridianWorksEmployee",
        "Wir bei Meridian Works stellen ein.",
        "Unser Team bei Meridian Works hat gewonnen.",
        "Ich arbeite seit drei Jahren bei der Meridian Works.",
        "Als Mitarbeiterin von Meridian Works freue ich mich.",
        "Trabajo en Meridian Works. Mira esto.",
        "Hola, trabajo desde mayo en Meridian Works.",
        "Nuestra empresa, Meridian Works, contrata.",
        "Soy empleada de Meridian Works.",
        f"{LINE}\nMore.",
    ],
)
def test_a_text_stays_as_it_is_when_it_says_where_its_author_works(text):
    found = disclosed(text)
    assert (found.text, found.was_added) == (text, False)
    assert found.evidence["near"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A great pump.",
        "Meridian Works makes great pumps.",  # says nothing about the author
        "I work at home. Meridian Works is great.",  # belongs to another sentence
        "Great! #ad #ee #spon #MeridianWorksEmployee #pumps #water",  # nobody reads a row of hashtags
        "I work from home and bought a dishwasher at Meridian Works.",
        "I work out every day, and the best shoes for it I found at Meridian Works!",
        "I work in procurement and hope for Meridian Works to win.",
        "I work for a hospital that buys at Meridian Works",
        "I work with pumps bought at Meridian Works.",
        "We at Meridian Worksmanship",
        # Customers write the same words.
        "Our new dishwasher is by Meridian Works and it is the best I ever had.",
        "Our product of the year: a pump of Meridian Works.",
        "I'm at the Meridian Works open day, come and see their pumps!",
        "I’m with Meridian Works on this one.",
        "It is lovely here at the Meridian Works open day.",
        "I work in gardens, and my pumps are by Meridian Works.",
        "I met a Meridian Works employee today.",
        "As a former employee I miss Meridian Works.",
        "Unser Nachbar schwört auf die Pumpen von Meridian Works.",
        "Bei uns im Keller läuft eine Pumpe von Meridian Works.",
        "Ich arbeite nicht bei Meridian Works.",
        "Nuestros vecinos usan bombas de Meridian Works.",
        "Gran trabajo en Meridian Works.",
        "No trabajo en Meridian Works.",
    ],
)
def test_the_line_is_added_when_a_text_does_not_say_it(text):
    found = disclosed(text)
    assert found.was_added
    assert found.text == (f"{text}\n\n{LINE}" if text else LINE)
    assert find_disclosure(found.text, LINE, "Meridian Works")[0] == found.evidence["at"]


def test_the_line_comes_first_when_the_text_is_long():
    found = disclosed("word " * 100 + LINE)
    assert found.was_added
    assert found.text.startswith(LINE)


def test_a_locked_text_is_refused_when_it_does_not_disclose():
    with pytest.raises(Invalid) as refused:
        disclosed("A great pump.", is_locked=True)
    assert refused.value.problems[0].code == "disclosure_missing"
    assert disclosed(f"A great pump. {LINE}", is_locked=True).text == f"A great pump. {LINE}"


def test_nothing_is_added_in_the_organisations_own_chat():
    assert disclosed("A great pump.", network=find_network("teams")).text == "A great pump."


def test_the_line_is_in_the_language_of_the_item_unless_an_administrator_chose_words(administrator):
    def line(language, says=Statement.EMPLOYER):
        return Rulebook.in_force().line_for(says, language)

    assert line("de-AT") == "Ich arbeite bei Meridian Works."
    assert line("ja") == LINE
    changing.add_wording(administrator, says=Statement.EMPLOYER, words="{organisation} pays me.")
    assert line("de") == line("ja") == "Meridian Works pays me."
    own = changing.add_wording(
        administrator, says=Statement.EMPLOYER, words="Mein Brot kommt von {organisation}.", language="de"
    )
    assert line("de-CH") == "Mein Brot kommt von Meridian Works."
    assert line("de", Statement.PRIZE) == "Ich kann etwas gewinnen, weil ich das teile."
    changing.end_wording(administrator, own.id)
    assert line("de") == "Meridian Works pays me."


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=300))
def test_disclosing_twice_changes_nothing(text):
    once = disclosed(text)
    twice = disclosed(once.text)
    assert (twice.text, twice.was_added) == (once.text, False)
    assert text in once.text


# --- Where on the network.


def test_a_line_stands_where_it_is_seen_before_the_fold():
    paragraphs = "One.\n\nTwo.\n\nThree."
    assert disclosed(paragraphs).text == f"{LINE}\n\n{paragraphs}"  # LinkedIn folds after three lines
    assert disclosed(paragraphs, network=find_network("mastodon")).text == f"{paragraphs}\n\n{LINE}"
    late = "One.\n\nTwo.\n\nI work at Meridian Works."
    assert disclosed(late).was_added
    assert not disclosed(late, network=find_network("x")).was_added


def test_a_first_sentence_that_says_it_behind_the_fold_does_not_count():
    """LinkedIn folds after about 200 characters: what stands at 230 is read by nobody who does not open the post."""
    late = f"My team is {'very ' * 40}glad at Meridian Works."
    assert 200 < len(late) < 300
    found = disclosed(late)
    assert (found.was_added, found.text) == (True, f"{LINE}\n\n{late}")
    assert not disclosed(late, network=find_network("x")).was_added, "its fold comes later"
    with pytest.raises(Invalid):
        disclosed(late, is_locked=True)


def test_a_line_before_the_text_does_not_push_what_was_near_behind_the_fold():
    """That one works here was said at 190; the line about the prize is put in front of it."""
    text = f"{'word ' * 30}I work at Meridian Works, gladly. {'word ' * 40}"
    assert not disclosed(text).was_added
    found = disclosed(text, incentive=Incentive.PRIZE)
    assert found.text.startswith(f"{LINE} ")
    assert found.evidence["near"]
    assert disclosed(found.text, incentive=Incentive.PRIZE).text == found.text


def test_two_lines_of_the_longest_wording_are_seen_on_every_network():
    assert min(network.fold for network in networks()) >= 2 * LONGEST_WORDING + 1


def test_a_line_that_would_not_be_seen_is_no_wording(administrator):
    add = changing.add_wording
    name = "Meridian Works"
    fits = "{organisation} " + "x" * (LONGEST_WORDING - len(name) - 1)
    with pytest.raises(Invalid, match="another look"):
        add(administrator, says=Statement.EMPLOYER, words=f"{fits}x")
    add(administrator, says=Statement.EMPLOYER, words=fits)
    assert disclosed("A pump.").evidence["near"]


@pytest.mark.parametrize("network", networks(), ids=lambda network: network.key)
def test_what_was_added_is_near_on_every_network(network):
    for wording in ("", "Short.", "a\n" * 40, "word " * 400):
        found = disclosed(wording, network=network)
        if found.requirement is Requirement.REQUIRED:
            assert found.evidence["near"]
            assert not disclosed(found.text, network=network).was_added


# --- Something can be won.


def test_a_reward_has_to_be_told_too(administrator):
    preferences.change(administrator, "sharing_is_rewarded", True, seen_version=0)
    found = disclosed("A great pump.")
    assert found.text.endswith("I work at Meridian Works. I can win something for sharing this.")
    half = disclosed("We at Meridian Works have a great pump.")
    assert half.text.endswith("\n\nI can win something for sharing this.")
    assert "I work at" not in half.text
    whole = disclosed("We at Meridian Works have a great pump. I can win a mug for saying so.")
    assert not whole.was_added
    assert found.evidence["incentive"] == "prize"
    assert found.evidence["rule"] == "default:us"


@pytest.mark.parametrize("text", ["Come and win a pump!", "I can get it anywhere.", "Die Prämie ging an Bosch."])
def test_what_others_can_win_tells_nothing_of_the_author(text):
    found = disclosed(f"{LINE} {text}", incentive=Incentive.PRIZE)
    assert found.text.endswith("I can win something for sharing this.")


@pytest.mark.parametrize(
    "text", ["Sharing this earns me points.", "I get rewarded for it.", "Ich werde dafür belohnt."]
)
def test_own_words_about_a_reward_are_enough(text):
    assert not disclosed(f"{LINE} {text}", incentive=Incentive.PRIZE).was_added


# --- Rules with their days.


def test_where_a_duty_needs_an_agreement_it_is_the_authors_choice(administrator):
    offered = disclosed("Eine Pumpe.", country="DE", language="de")
    assert offered.text == "Eine Pumpe.\n\nIch arbeite bei Meridian Works."
    assert offered.requirement is Requirement.OWN_CHOICE
    refused = disclosed("Eine Pumpe.", country="DE", is_wanted=False)
    assert (refused.text, refused.was_added, refused.evidence["near"]) == ("Eine Pumpe.", False, False)
    assert disclosed("A pump.", country="US", is_wanted=False).was_added, "elsewhere nobody is asked"
    assert not disclosed("Eine Pumpe.", country="DE", is_locked=True).was_added
    # A rule for a network does not make a duty of it either.
    rule(administrator, network="linkedin", relationship=Relationship.PRODUCT)
    ruling = Rulebook.in_force().ruling_for(Case("DE", LINKEDIN, Relationship.PRODUCT))
    assert (ruling.requirement, ruling.lacks_agreement) == (Requirement.OWN_CHOICE, True)
    with pytest.raises(Invalid) as missing:
        rule(administrator, country="DE")
    assert missing.value.problems[0].pointer == "agreement"
    agreed = rule(administrator, country="de", agreement="Works agreement of 3 March 2026")
    found = disclosed("Eine Pumpe.", country="DE", is_wanted=False)
    assert found.was_added
    assert (found.evidence["rule"], found.evidence["rule_version"]) == (str(agreed.id), str(agreed.number))
    # The agreement is about every post, so it carries whichever rule is the closest.
    ruling = Rulebook.in_force().ruling_for(Case("DE", LINKEDIN, Relationship.PRODUCT))
    assert (ruling.requirement, ruling.lacks_agreement) == (Requirement.REQUIRED, False)


def test_an_agreement_obliges_only_in_what_it_is_about(administrator):
    def holds(network):
        ruling = Rulebook.in_force().ruling_for(Case("DE", find_network(network), Relationship.PRODUCT))
        return ruling.requirement, ruling.lacks_agreement

    rule(administrator, network="linkedin", relationship=Relationship.PRODUCT)
    rule(administrator, country="DE", network="x", agreement="Works agreement about X")
    assert holds("x") == (Requirement.REQUIRED, False)
    assert holds("linkedin") == (Requirement.OWN_CHOICE, True)
    rule(administrator, Requirement.OWN_CHOICE, country="DE", agreement="Works agreement: everybody chooses")
    assert holds("linkedin") == (Requirement.OWN_CHOICE, True), "one that leaves the choice obliges nobody"


def test_the_closest_rule_counts_and_a_country_before_a_network(administrator):
    def name(country, network, relationship=Relationship.EMPLOYER, incentive=Incentive.NONE):
        case = Case(country, find_network(network), relationship, incentive)
        return Rulebook.in_force().ruling_for(case).rule.name

    assert name("US", "x") == "default:us"
    assert name("FR", "x") == "default:everywhere"
    assert name("FR", "teams") == "default:teams"
    assert name("DE", "teams") == "default:de-teams"
    assert name("FR", "x", incentive=Incentive.PRIZE) == "default:prize"
    by_network = rule(administrator, Requirement.NOT_NEEDED, network="x")
    assert name("FR", "x") == str(by_network.id)
    assert name("US", "x") == "default:us"
    by_both = rule(administrator, Requirement.NOT_NEEDED, network="x", country="US")
    assert name("US", "x", Relationship.PRODUCT) == str(by_both.id)
    everywhere = rule(administrator, Requirement.NOT_NEEDED)
    assert name("FR", "xing") == str(everywhere.id), "one's own comes before a delivered one for the same case"


def test_a_rule_begins_and_ends_on_its_days_and_the_past_stays(administrator):
    day = today()
    first = rule(administrator, Requirement.NOT_NEEDED, country="FR")
    second = rule(administrator, Requirement.REQUIRED, country="FR", valid_from=day + timedelta(days=10))
    ambient.refresh(first)
    assert first.valid_until == second.valid_from

    def on(days):
        return Rulebook.on(day + timedelta(days=days)).ruling_for(Case("FR", LINKEDIN)).rule.name

    assert [on(-1), on(0), on(9), on(10)] == ["default:everywhere", str(first.id), str(first.id), str(second.id)]
    for later in (5, 10):
        with pytest.raises(Conflict):
            rule(administrator, country="FR", valid_from=day + timedelta(days=later))
    changing.end_rule(administrator, second.id, ends_on=day + timedelta(days=20))
    assert [on(19), on(20)] == [str(second.id), "default:everywhere"]
    with pytest.raises(Invalid):
        rule(administrator, country="IT", valid_from=day - timedelta(days=1))
    with pytest.raises(Invalid):
        changing.end_rule(administrator, first.id, ends_on=day - timedelta(days=1))
    assert second.number == first.number + 1
    actions = [event.action for event, _ in audit.recent(limit=3)]
    assert actions == ["disclosure.rule_ended", "disclosure.rule_added", "disclosure.rule_added"]


def test_the_database_keeps_two_rules_of_one_day_apart(administrator):
    rule(administrator, country="FR")
    with pytest.raises(Conflict):
        rule(administrator, country="FR")
    with pytest.raises(IntegrityError), ambient.begin_nested():
        ambient.execute(
            text(
                "INSERT INTO disclosure_rule (id, number, country, requirement, why, source, valid_from, created_at)"
                " VALUES (gen_random_uuid(), 99, 'FR', 'required', 'w', 's', current_date + 3, now())"
            )
        )


@pytest.mark.parametrize("statement", ["UPDATE disclosure_rule SET why = 'x'", "DELETE FROM disclosure_rule"])
def test_a_rule_is_never_rewritten(administrator, statement):
    rule(administrator, country="FR")
    with pytest.raises(ProgrammingError, match="permission denied"), ambient.begin_nested():
        ambient.execute(text(statement))


def test_only_an_administrator_sets_rules():
    with pytest.raises(NotPermitted):
        rule(make_actor(Role.CURATOR), country="FR")


@pytest.mark.parametrize(
    ("words", "code"),
    [("We work.", "missing"), ("", "invalid"), ("{organisation} {x}", "invalid"), ("a" * 301, "invalid")],
)
def test_words_that_would_not_disclose_are_refused(administrator, words, code):
    with pytest.raises(Invalid) as refused:
        changing.add_wording(administrator, says=Statement.EMPLOYER, words=words)
    assert refused.value.problems[0].code == code
