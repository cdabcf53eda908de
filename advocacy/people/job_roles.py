"""What somebody's job title says about their role: the words in it, and what stands side by side."""

import re

LONGEST_ROLE = 60
MOST_WORDS = 4
_WORDS = re.compile(r"[^\W_]+")


def normal_role(text: str) -> str:
    """Return a role as audiences keep it: lower-case words with single spaces; empty when there are none."""
    return " ".join(_WORDS.findall(text.lower()))


def roles_in(title: str | None) -> tuple[str, ...]:
    """Return every role a job title names: "Senior Data Engineer" is an engineer and a data engineer as well."""
    words = _WORDS.findall((title or "").lower())
    return tuple(
        dict.fromkeys(
            " ".join(words[start : start + length])
            for length in range(1, MOST_WORDS + 1)
            for start in range(len(words) - length + 1)
        )
    )
