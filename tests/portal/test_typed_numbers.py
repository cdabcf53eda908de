"""Numbers as people type them; the browser reads by the same table (`frontend/test.mjs`)."""

import json
from pathlib import Path

import pytest

from advocacy.portal.typed_numbers import as_plain, as_typed

CASES = json.loads(Path(__file__).with_name("typed_numbers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']} {case['typed']}")
def test_a_number_is_read_as_its_language_writes_it(case):
    assert as_plain(case["typed"], case["language"]) == case["plain"]


def test_an_unknown_language_changes_nothing():
    for language in ("", "xx", "de_DE/../en", "../en"):
        assert as_plain("350.000", language) == "350.000"


def test_a_number_of_a_program_is_written_as_its_reader_would_type_it():
    plain = ["2.5", "350000", "1.2.3", "x.y", ""]
    assert [as_typed(text, "de") for text in plain] == ["2,5", "350000", "1.2.3", "x.y", ""]
    assert as_typed("2.5", "en") == "2.5"
