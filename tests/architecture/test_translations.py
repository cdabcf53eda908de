"""The catalogues say what the program says: the same placeholders, nothing guessed, no gap where everybody looks."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "advocacy" / "translations").glob("*/LC_MESSAGES/messages.po"))
TEMPLATES = ROOT / "advocacy" / "portal" / "templates"
FOLDERS = ("administration", "comms", "components", "employee", "executive", "from_mail", "hr", "layout", "sign_in")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}")
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "marked": None}

in_every_language = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])


@cache
def read(path):
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], abort_invalid=True)


def forms(text):
    return list(text) if isinstance(text, list | tuple) else [text]


def placeholders(text):
    return frozenset(PLACEHOLDER.findall(text))


def wrong_placeholders(message):
    """Return the forms that lose or invent a placeholder; a singular may leave its number to the word."""
    allowed = {placeholders(form) for form in forms(message.id)}
    return [form for form in forms(message.string) if form and placeholders(form) not in allowed]


@cache
def texts_of(folder):
    """Return the texts of the templates in a folder, as the extraction of the catalogues does."""
    with (ROOT / "babel.cfg").open() as file:
        _, options = parse_mapping_cfg(file)
    jinja = next(found for pattern, found in options.items() if pattern.endswith(".html"))
    return [
        (f"{template.relative_to(TEMPLATES)}:{line}", forms(text)[0])
        for template in sorted((TEMPLATES / folder).rglob("*.html"))
        for line, text, *_ in extract_from_file("jinja2", template, keywords=KEYWORDS, options=jinja)
    ]


def test_no_text_hides_in_a_formatted_string_where_nobody_extracts_it():
    hidden = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in sorted((ROOT / "advocacy").rglob("*.py"))
        for outer in ast.walk(ast.parse(file.read_text()))
        if isinstance(outer, ast.JoinedStr)
        for call in ast.walk(outer)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("_", "gettext", "ngettext")
        and isinstance(call.args[0], ast.Constant)
    ]
    assert not hidden, hidden


def test_there_are_catalogues():
    assert CATALOGUES


@in_every_language
def test_a_translation_has_the_placeholders_of_its_text(path):
    wrong = {str(message.id): found for message in read(path) if (found := wrong_placeholders(message))}
    assert not wrong


@in_every_language
def test_no_translation_is_a_guess_or_half_a_plural(path):
    for message in read(path):
        if not message.id:
            continue
        assert not message.fuzzy, f"look at this by eye: {message.id}"
        assert all(forms(message.string)) or not any(forms(message.string)), f"one form is missing: {message.id}"


@in_every_language
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_page_is_translated(path, folder):
    catalogue = read(path)
    texts = texts_of(folder)
    assert texts, f"nothing was found in {folder}"
    missing = []
    for place, text in texts:
        message = catalogue.get(text)
        if message is None or not all(forms(message.string)):
            missing.append(f"{place}: {text}")
    assert not missing, "\n".join(missing)


def test_a_lost_placeholder_is_noticed():
    message = Message("From %(first)s to %(last)s.", "Von %(first)s bis irgendwann.")
    assert wrong_placeholders(message)
