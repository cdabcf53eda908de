"""What X and Mastodon make a link of inside a text. The browser reads the same way: `frontend/src/links.ts`.

Written from what they say and test in the open (twitter-text's README and conformance cases, Mastodon's own changes to
it); no library kept up to date does this for Python and the browser alike. Which endings of hosts exist, neither side
knows here: whatever looks like one behind a scheme counts as one.
"""

from typing import Any

import regex as untyped_regex

# Python's own `re` knows no scripts.
regex: Any = untyped_regex

_ACCENTED = r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0300-\u036F\u1E00-\u1EFF"
_LATIN = f"[A-Za-z0-9{_ACCENTED}]"
_ANY = r"[\p{L}\p{M}\p{N}\p{So}]"
_HOST_END = "(?![A-Za-z0-9@])"
_PORT = "(?::[0-9]+)?"

# Behind a scheme: labels of any script, the one before the ending without underscores.
_ENDING = (
    rf"(?:(?:[Xx][Nn]--[A-Za-z0-9\-]+|[A-Za-z]{{2,63}}){_HOST_END}|[\p{{L}}\p{{M}}]{{2,24}}(?=/|\p{{White_Space}}|$))"
)
_AFTER_SCHEME = rf"(?<![A-Za-z0-9@＠#＃$])[Hh][Tt][Tt][Pp][Ss]?://(?:{_ANY}(?:[_\-]*{_ANY})*\.)*{_ANY}(?:-*{_ANY})*\.{_ENDING}{_PORT}"


def _path(inside: str, last: str) -> str:
    """Return the pattern of a path that may have anything inside but ends in something, or in a pair of brackets."""
    pair = rf"\((?:{inside}+|{inside}*\({inside}+\){inside}*)\)"
    return f"/(?:(?:{inside}|{pair})*(?:{last}|{pair}))?"


# X ends a link where another script than Latin or Cyrillic begins, and before the punctuation of a sentence.
_X_LETTERS = rf"A-Za-z0-9{_ACCENTED}\u0400-\u04FF"
_X_PATH = _path(rf"[{_X_LETTERS}!*';:=+,.$/%#\[\]\-\u2013_~@|&]", rf"[{_X_LETTERS}=_#/+\-]")
_X_QUERY = r"(?:\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[A-Za-z0-9\-_&=#/])?"
# X makes links of bare hosts too: of well-known endings, of a country's with two names before it or a path behind.
_WELL_KNOWN = (
    "com|org|net|edu|gov|int|mil|info|biz|co|tv|app|dev|blog|news|jobs|careers|online|site|shop|tech|store|cloud"
)
_LABEL = rf"{_LATIN}(?:-*{_LATIN})*\."
_EITHER_CASE = "".join(f"[{letter}{letter.upper()}]" if letter != "|" else letter for letter in _WELL_KNOWN)
_BARE = (
    rf"(?<![A-Za-z0-9{_ACCENTED}@＠#＃$_./\-])"
    rf"(?:(?:(?:{_LABEL}){{2,}}[A-Za-z]{{2}}|(?:{_LABEL})+(?:{_EITHER_CASE})){_HOST_END}{_PORT}(?:{_X_PATH})?"
    rf"|{_LABEL}[A-Za-z]{{2}}{_PORT}{_X_PATH}){_X_QUERY}"
)
LINK_ON_X = regex.compile(rf"{_AFTER_SCHEME}(?:{_X_PATH})?{_X_QUERY}|{_BARE}")

# Mastodon takes every script into a path; a link needs its scheme.
_MASTODON_PATH = _path(r"[^\p{White_Space}<>()?]", r"""[^\p{White_Space}()?!*"'「」<>;:=,.$%\[\]~&|@]""")
_MASTODON_QUERY = r"""(?:\?[^\p{White_Space}\p{Cc}"<>\\`{}]*[^\p{White_Space}\p{Cc}!"$%'()*+,.:;<>?@\[\\\]^`{|}~])?"""
LINK_ON_MASTODON = regex.compile(rf"{_AFTER_SCHEME}(?:{_MASTODON_PATH})?{_MASTODON_QUERY}")
