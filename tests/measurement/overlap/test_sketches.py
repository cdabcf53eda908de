"""Sketches as the specification measured them, and what may never be read out of the database."""

import json
from pathlib import Path
from typing import Any

import pytest
from datasketches import theta_intersection, update_theta_sketch
from sqlalchemy import text

from advocacy.foundation.encryption import CannotDecrypt
from advocacy.measurement.overlap import identifiers, sketches, stored
from advocacy.measurement.overlap.sketches import size_of, size_of_rest, sketch_of, union_of
from config.networks import find_network
from config.profiles import profile_forms
from tests.factories.measurement import World
from tests.factories.overlap import give_network, sketch

EXAMPLES = json.loads((Path(__file__).parent / "examples.json").read_text(encoding="utf-8"))
ROOT = Path(__file__).resolve().parents[3]
LINKEDIN = profile_forms()["linkedin"]


def plain(numbers: range, lg_k: int = 12, sampled: float = 1.0) -> Any:
    made = update_theta_sketch(lg_k, sampled)
    for number in numbers:
        made.update(number)
    return made.compact()


def test_the_library_counts_as_it_was_measured() -> None:  # A7
    expected = EXAMPLES["A7_sketch_accuracy"]["expected"]
    one, other = plain(range(60_000)), plain(range(40_000, 140_000))
    rest = size_of_rest(one, other)
    assert rest.value == pytest.approx(expected["theta_a_not_b"]["est"], rel=1e-9)
    assert rest.low == pytest.approx(expected["theta_a_not_b"]["lo_3sd"], rel=1e-9)
    assert rest.high == pytest.approx(expected["theta_a_not_b"]["hi_3sd"], rel=1e-9)
    both = theta_intersection()
    both.update(one)
    both.update(other)
    common = size_of(both.get_result())
    assert common.low <= expected["true"]["intersection"] <= common.high
    # Ours keeps more of a union than the example did: it is nearer to the truth.
    whole = size_of(union_of([one, other]))
    assert whole.low <= expected["true"]["union"] <= whole.high
    assert abs(whole.value / expected["true"]["union"] - 1) <= 0.02


def test_a_sketch_of_a_person_never_holds_the_whole_network() -> None:  # A8
    expected = EXAMPLES["A8_exact_mode_leak"]["expected"]
    whole, sampled = plain(range(800)), plain(range(800), sketches.LG_K, sketches.SAMPLED)
    assert (whole.num_retained, whole.is_estimation_mode()) == (expected["lg_k12_retained"], False)
    assert (sampled.num_retained, sampled.is_estimation_mode()) == (expected["p025_retained"], True)
    assert sampled.get_estimate() == expected["p025_est"]
    ours: Any = sketch_of(f"{number:064x}" for number in range(800))
    assert ours.is_estimation_mode()
    assert ours.num_retained < 800 / 3


def test_unions_of_sampled_sketches_are_as_good_as_of_whole_ones() -> None:
    """400 people with 800 connections of 200,000, as in the specification; the truth is counted beside."""
    import random

    chance, truth, union = random.Random(8), set[int](), []
    for _person in range(400):
        network = chance.sample(range(200_000), 800)
        truth.update(network)
        union.append(plain_sample(network))
    whole = size_of(union_of(union))
    assert abs(whole.value / len(truth) - 1) <= 0.02
    assert whole.low <= len(truth) <= whole.high


def plain_sample(network: list[int]) -> Any:
    made = update_theta_sketch(sketches.LG_K, sketches.SAMPLED)
    for number in network:
        made.update(number)
    return made.compact()


def test_parts_make_the_same_sketch_as_the_whole(session: Any) -> None:
    whole = sketch(range(3_000))
    first = sketch(range(2_000))
    key = identifiers.token_key()
    second = (identifiers.token(key, "linkedin", f"li:in/{one}") for one in range(1_500, 3_000))
    assert sketch_of(second, first).serialize() == whole.serialize()


def test_the_token_is_the_published_one() -> None:  # A9
    asked, expected = EXAMPLES["A9_hmac"]["inputs"], EXAMPLES["A9_hmac"]["expected"]
    key = bytes.fromhex(asked["key_hex"])
    assert identifiers.token(key, "linkedin", expected["canonical"]) == expected["token"]
    assert identifiers.token(key, "x", expected["canonical"]) != expected["token"]


def test_the_key_is_not_the_pepper_and_follows_it(session: Any) -> None:
    assert len(identifiers.token_key()) == 32
    assert identifiers._derived("one pepper") != identifiers._derived("another pepper")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("li:in/ana-diaz", "li:in/ana-diaz"),
        ("li:in/ANA-Diaz", "li:in/ana-diaz"),
        ("li:in/jose\u0301-p", "li:in/josé-p"),
        ("li:in/田中-42", "li:in/田中-42"),
        ("li:in/ana-\U0001fae8", "li:in/ana-\U0001fae8"),  # newer than what Python 3.11 knows of
    ],
)
def test_a_canonical_id_is_taken(given: str, expected: str) -> None:
    assert identifiers.canonical(given, LINKEDIN) == expected


@pytest.mark.parametrize(
    "given",
    [
        "",
        "li:in/",
        "li:in/-",
        "ana-diaz",
        "x:ana",
        "li:in/ana diaz",
        "li:in/ana/diaz",
        "li:in/ana?x=1",
        "li:in/ana@b",
        "li:in/ana\x00",
        "li:in/ana\n",
        "li:in/\u202eana",
        "li:in/a\u200bna",
        "li:in/" + "a" * 201,
        "li:in/\ud800",
        "li:in/ana\uffff",
        "li:in/ana\ufdd0",
        "ana@example.com",
        "Ana Diaz",
        None,
        5,
        ["li:in/a"],
        {"li:in/a": 1},
        True,
    ],
)
def test_what_is_no_id_is_refused(given: object) -> None:
    assert identifiers.canonical(given, LINKEDIN) is None


def test_letters_beyond_ascii_are_refused_where_a_network_has_none() -> None:
    assert identifiers.canonical("x:josé", profile_forms()["x"]) is None
    assert identifiers.canonical("x:jose_1", profile_forms()["x"]) == "x:jose_1"


def test_every_form_belongs_to_a_network_with_an_audience_and_has_a_prefix_of_its_own() -> None:
    forms = profile_forms()
    assert all((network := find_network(key)) is not None and network.has_audience for key in forms)
    assert len({form.prefix for form in forms.values()}) == len(forms)


def test_a_sketch_opens_only_where_it_belongs(world: World) -> None:
    world.unit("company")
    ana, ben = world.person("ana", "company"), world.person("ben", "company")
    give_network(world.connection, ana, range(500))
    sealed = world.connection.execute(text("SELECT sealed FROM network_sketch")).scalar_one()
    assert abs(size_of(stored.open_one(sealed, ana, 1)).value / 500 - 1) < 0.2
    for employee, network in ((ben, 1), (ana, 2)):
        with pytest.raises(CannotDecrypt):
            stored.open_one(sealed, employee, network)
    assert sketch(range(500)).serialize()[24:] not in bytes(sealed)


def test_sketches_are_opened_in_one_package_only() -> None:
    """Whoever else needs a number of them asks that package, and gets what may be told."""
    allowed = {"advocacy/measurement/overlap", "advocacy/people/models.py", "advocacy/people/queries/consents.py",
               "advocacy/demo", "workers/measurement.py"}  # fmt: skip
    for folder in ("advocacy", "workers"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            words = file.read_text(encoding="utf-8")
            if any(name.startswith(prefix) for prefix in allowed):
                continue
            for word in ("datasketches", "open_one", "tree_union", "own_union", "everyone_else"):
                assert word not in words, f"{name} mentions {word}"
