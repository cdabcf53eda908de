"""Evidence that can be checked: whole as it was made, and every change in it shows."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine

from advocacy.content import evidence, queries, reviewing, service
from advocacy.content.models import Decision
from advocacy.foundation import audit, clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import NotPermitted
from advocacy.people import service as people
from advocacy.people.models import Employee
from tests.factories.content import approve, make_actor, make_item, make_live_item
from tests.factories.people import make_employee, make_unit
from tests.people.test_leaving import run_erasure


@pytest.fixture
def curator(session):
    make_unit("Meridian Works")
    return make_actor(Role.CURATOR)


def made(approver, item, **options):
    """Return a pack as it is read from a file."""
    return json.loads(json.dumps(evidence.evidence_of(approver, item.id, **options)))


def changed(pack, change):
    spoilt = json.loads(json.dumps(pack))
    change(spoilt)
    assert spoilt != pack
    return spoilt


def test_an_evidence_pack_is_whole_and_shows_every_change(curator):
    reviewing.add_rule(make_actor(Role.ADMINISTRATOR), name="Always", approvals=1)
    approver = make_actor(Role.APPROVER)
    item = make_live_item(author=curator, approver=approver, embargo_until=None, is_product=True)
    audit.chain()
    pack = json.loads(json.dumps(evidence.evidence_of(approver, item.id)))
    assert evidence.problems_in(pack) == []
    assert evidence.problems_with_chain(pack) == []
    assert pack["version"]["is_canonical_of_hash"]
    assert [link["event"]["action"] for link in pack["audit"]] == ["content.approved"]
    assert pack["asked"]["rules"][0]["name"] == "Always"
    assert pack["decisions"][0]["version_hash"] == pack["version"]["hash"]
    for spoil in (
        lambda one: one["version"].update(canonical=one["version"]["canonical"].replace("Two", "Six")),
        lambda one: one["decisions"][0].update(version_hash="0" * 64),
        lambda one: one["audit"][0]["event"].update(actor="somebody else"),
    ):
        spoilt = json.loads(json.dumps(pack))
        spoil(spoilt)
        assert evidence.problems_in(spoilt) != []
    forged = json.loads(json.dumps(pack))
    forged["audit"][0]["hash"] = "0" * 64
    assert evidence.problems_with_chain(forged) != []
    with zipfile.ZipFile(BytesIO(evidence.zip_of(pack))) as archive:
        assert sorted(archive.namelist()) == ["evidence.html", "evidence.json"]
        assert json.loads(archive.read("evidence.json")) == pack
    with pytest.raises(NotPermitted):
        evidence.evidence_of(curator, item.id)


ALONE = {
    "the title": lambda one: one["approved"]["texts"][0].update(title="Guaranteed returns"),
    "a caption": lambda one: one["approved"]["captions"][0].update(text="Buy it"),
    "the link": lambda one: one["approved"].update(destination="https://elsewhere.example/"),
    "that it is a product": lambda one: one["item"].update(is_product=False),
    "whether the text is proven": lambda one: one["version"].update(is_canonical_of_hash=False),
    "when it was decided": lambda one: one["decisions"][0].update(at="2020-01-01T00:00:00+00:00"),
    "who decided": lambda one: one["decisions"][0].update(account="00000000-0000-0000-0000-000000000000"),
    "what was decided": lambda one: one["decisions"][0].update(decision="changes_requested"),
    "a decision left out": lambda one: one["decisions"].pop(),
    "a decision more": lambda one: one["decisions"].append(dict(one["decisions"][0])),
}
BESIDE_THE_DATABASE = {
    "the approver's name": lambda one: one["decisions"][0].update(by="Somebody from Legal"),
    "the reason": lambda one: one["decisions"][0].update(reason="Checked by Legal"),
    "the author's name": lambda one: one["version"].update(created_by="Somebody else"),
    "when it was made": lambda one: one.update(made_at="2020-01-01T00:00:00+00:00"),
    "the rules": lambda one: one["asked"].update(approvals=0),
    "a shared text": lambda one: one["shared_texts"][0].update(text="I earn by this"),
    "a shared text left out": lambda one: one.pop("shared_texts"),
    "everything of the text": lambda one: rewrite(one),
    "another version": lambda one: one["version"].update(number=7),
}


def rewrite(pack):
    """Change the text of a pack, and all that hangs on it, as somebody would who knows how."""
    form = json.loads(pack["version"]["canonical"])
    form["texts"][0][1] = pack["approved"]["texts"][0]["title"] = "Guaranteed returns"
    pack["version"]["canonical"] = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    pack["version"]["is_canonical_of_hash"] = False


@pytest.mark.parametrize("name", [*ALONE, *BESIDE_THE_DATABASE])
@pytest.mark.parametrize("is_chained", [True, False])
def test_every_change_in_a_pack_shows(curator, name, is_chained):
    approver = make_actor(Role.APPROVER)
    item = make_live_item(author=curator, approver=approver, is_product=True)
    if is_chained:
        audit.chain()
    pack = made(approver, item, further={"shared_texts": [{"text": "I work there"}]})
    audit.chain()
    assert (evidence.problems_in(pack), evidence.problems_with_chain(pack)) == ([], [])
    spoilt = changed(pack, (ALONE | BESIDE_THE_DATABASE)[name])
    if name in ALONE:
        assert evidence.problems_in(spoilt) != []
    assert evidence.problems_with_chain(spoilt) != []


def test_an_event_that_waited_for_the_chain_is_compared_too(curator):
    approver = make_actor(Role.APPROVER)
    pack = made(approver, make_live_item(author=curator, approver=approver))
    assert [link["hash"] for link in pack["audit"]] == [None]
    spoilt = changed(pack, lambda one: one["audit"][0]["event"].update(request_id="another"))
    assert "is another one" in evidence.problems_with_chain(spoilt)[0]


def test_people_who_were_erased_or_renamed_since_make_no_pack_look_forged(curator):
    gone, approver = make_actor(Role.APPROVER, employee=make_employee(name="Robin Lopes")), make_actor(Role.APPROVER)
    item = make_live_item(author=curator, approver=gone)
    pack = made(approver, item)
    assert pack["decisions"][0]["by"] == "Robin Lopes"
    ambient.get_one(Employee, curator.employee_key).name = "Another Name"
    people.erase(make_actor(Role.ADMINISTRATOR), gone.employee_id)
    run_erasure(ambient, gone.employee_key)
    ambient.expire_all()
    assert made(approver, item)["decisions"][0]["by"] != "Robin Lopes"
    assert (evidence.problems_in(pack), evidence.problems_with_chain(pack)) == ([], [])


def test_packs_of_every_version_stay_whole_whatever_comes_after(curator):
    """Other circumstances, the same words once more, another decision about them: nothing of it is a forgery."""
    reviewing.add_rule(make_actor(Role.ADMINISTRATOR), name="Two", approvals=2)
    approver, other = make_actor(Role.APPROVER), make_actor(Role.APPROVER)
    first, second = ({"en": {"title": title, "summary": ""}} for title in ("First", "Second"))
    item = make_item(author=curator, texts=first)
    packs = []

    def decided(decision, reason=""):
        seen = queries.current_version(item).hash.hex()
        service.submit_item(curator, item.id)
        approve(item, approver=approver)
        packs.append(made(approver, item))
        service.decide(other, item.id, decision=decision, seen_hash=seen, reason=reason)
        packs.append(made(approver, item))

    decided(Decision.CHANGES_REQUESTED, "Shorter.")
    service.change_item(curator, item.id, seen_version=item.row_version, texts=second, is_product=True)
    service.change_item(curator, item.id, seen_version=item.row_version, texts=first, is_product=False)
    decided(Decision.APPROVED)
    packs.append(made(approver, item, number=1))
    packs.append(made(approver, item, number=2))
    audit.chain()
    with time_machine.travel(clock.now() + timedelta(days=400)):
        for pack in packs:
            assert (evidence.problems_in(pack), evidence.problems_with_chain(pack)) == ([], [])
    assert not packs[-1]["version"]["is_canonical_of_hash"]


def test_a_pack_from_before_digests_is_held_against_all_else_and_says_so(curator):
    approver = make_actor(Role.APPROVER)
    item = make_live_item(author=curator, approver=approver)
    pack = changed(made(approver, item), lambda one: one.update(format="advocacy evidence 1"))
    without = changed(pack, lambda one: one.update(audit=[link for link in one["audit"] if link["sequence"]]))
    for old in (pack, without):
        assert (evidence.problems_in(old), evidence.problems_with_chain(old)) == ([], [])
        assert "before digests" in evidence.limits_of(old)[0]
    forged = changed(pack, lambda one: one["approved"]["texts"][0].update(title="Guaranteed returns"))
    assert evidence.problems_in(forged)
    assert evidence.problems_with_chain(forged)
    assert evidence.limits_of(made(approver, item)) == []


def test_a_pack_of_another_format_and_one_of_another_house_say_so(curator):
    approver = make_actor(Role.APPROVER)
    pack = made(approver, make_live_item(author=curator, approver=approver))
    other = changed(pack, lambda one: one.update(format="advocacy evidence 9"))
    assert "no pack of the format" in evidence.problems_in(other)[0]
    strange = changed(pack, lambda one: one["item"].update(id="00000000-0000-0000-0000-000000000000"))
    assert "there is no such version here" in evidence.problems_with_chain(strange)
