"""Numbers as people type them in their language, and as programs write them: 350.000 or 2,5, and 350000 or 2.5."""

import re

from babel.core import UnknownLocaleError
from babel.numbers import NumberFormatError, get_decimal_symbol, parse_decimal

# No exponent and no sign: what else a text may be is for whoever reads the number to refuse.
TYPED = re.compile(r"[0-9][0-9.,'’]*")
PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")
LANGUAGE = re.compile(r"[a-z]{2}")


def as_plain(text: str, language: str) -> str:
    """Return a typed number as programs write it. What is none in that language stays as it is."""
    typed = "".join(text.split())
    if not TYPED.fullmatch(typed) or not LANGUAGE.fullmatch(language):
        return text
    try:
        return f"{parse_decimal(typed, locale=language, strict=True):f}"
    except (NumberFormatError, UnknownLocaleError):
        return text


def as_typed(text: str, language: str) -> str:
    """Return a program's number as people type it, without groups. Everything else stays as it is."""
    return text.replace(".", get_decimal_symbol(language)) if PLAIN.fullmatch(text) else text
