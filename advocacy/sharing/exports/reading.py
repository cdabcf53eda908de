"""Reading an export: whatever stands before its header, usual encodings, delimiters, and ways to write numbers."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from advocacy.people.roster_file import BYTE_ORDER_MARKS, DELIMITERS, FileUnreadable, Problems
from advocacy.sharing.exports.formats import ExportFormat, normal_name
from advocacy.sharing.limits import MOST_REPORTED

# Exports begin with titles and periods; the header is soon after them.
LINES_BEFORE_THE_HEADER = 40
MOST_ROWS = 20_000
LONGEST_CELL = 20_000
_NOT_SHOWN = frozenset({"", "-", "–", "n/a", "na", "null", "none"})
_GROUPED = re.compile(r"\d{1,3}(?:[.,' ]\d{3})+")
_WHOLE = re.compile(r"(\d+)(?:[.,]0+)?")


@dataclass(frozen=True, slots=True)
class Post:
    """What an export says about one post: the line it stands in, its address, and the measures that were given."""

    line: int
    address: str
    identity: str
    numbers: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Block:
    """An address column and the measure columns that belong to it. Some exports put two tables side by side."""

    address: int
    measures: dict[str, int] = field(default_factory=dict)


def read_posts(body: bytes, kind: ExportFormat, problems: Problems) -> list[Post]:
    """Return the posts of an export, each once. What cannot be used is added to `problems` and left out.

    Raises FileUnreadable, with what to do, when the file is no text or no line in it names the columns.
    """
    old_limit = csv.field_size_limit(LONGEST_CELL)
    try:
        return _read(_text_of(body), kind, problems)
    except csv.Error as error:
        raise FileUnreadable(_("The file cannot be read: %(error)s.", error=error)) from error
    finally:
        csv.field_size_limit(old_limit)


def _text_of(body: bytes) -> str:
    if not body.strip():
        raise FileUnreadable(_("The file is empty."))
    if body.startswith(b"PK\x03\x04"):
        raise FileUnreadable(_("This is a spreadsheet. Open it, save the sheet with your posts as CSV, and take that."))
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if body.startswith(mark)), "utf-8")
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileUnreadable(_("The file is not UTF-8. Save it as CSV (UTF-8) and try again.")) from error


def _read(text: str, kind: ExportFormat, problems: Problems) -> list[Post]:
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for row in reader:
            blocks = _blocks(row, kind)
            if blocks:
                return _posts(reader, blocks, kind, problems)
            if reader.line_num >= LINES_BEFORE_THE_HEADER:
                break
    raise FileUnreadable(
        _("No line names the address of the post and a number such as impressions. Is it this network's export?")
    )


def _blocks(row: Sequence[str], kind: ExportFormat) -> list[_Block]:
    """Return the tables that a header row begins, none where it is no header."""
    names = [normal_name(cell) for cell in row]
    best = next((known for known in kind.address if known in names), None)
    blocks = [_Block(position) for position, name in enumerate(names) if name == best]
    if not blocks:
        return []
    for position, name in enumerate(names):
        measure = next((measure for measure, known in kind.measures.items() if name in known), None)
        if measure is None:
            continue
        block = next((each for each in reversed(blocks) if each.address < position), blocks[0])
        block.measures.setdefault(measure, position)
    return [block for block in blocks if block.measures]


def _posts(rows: "Iterator[list[str]]", blocks: list[_Block], kind: ExportFormat, problems: Problems) -> list[Post]:
    found: dict[str, Post] = {}
    spoilt: set[str] = set()
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            raise FileUnreadable(_("The file has more than %(most)s rows. Take a shorter period.", most=MOST_ROWS))
        line = getattr(rows, "line_num", number)
        for block in blocks:
            post = _post(row, block, kind, line, problems)
            if post is None:
                continue
            known = found.setdefault(post.identity, post)
            if any(known.numbers.get(name, value) != value for name, value in post.numbers.items()):
                spoilt.add(post.identity)
                problems.add(line, "", _("This post stands here a second time, with other numbers. It is left out."))
            known.numbers.update(post.numbers)
    return [post for identity, post in found.items() if identity not in spoilt and post.numbers]


def _post(row: Sequence[str], block: _Block, kind: ExportFormat, line: int, problems: Problems) -> Post | None:
    address = row[block.address].strip() if block.address < len(row) else ""
    if not address:
        return None
    identity = kind.identity(address)
    if identity is None:
        problems.add(line, "", _("This is no address of a post."))
        return None
    numbers = {}
    for measure, position in block.measures.items():
        text = row[position].strip() if position < len(row) else ""
        try:
            value = number_of(text)
        except ValueError:
            problems.add(line, measure, _("“%(text)s” is no whole number.", text=text[:40]))
            continue
        if value is not None:
            numbers[measure] = value
    return Post(line, address, identity, numbers)


def number_of(text: str) -> int | None:
    """Return a count as exports write it (1234, 1,234, 1.234, 12.0), None where none is shown. Raises ValueError."""
    cleaned = text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2019", "'").strip()
    if cleaned.casefold() in _NOT_SHOWN:
        return None
    if _GROUPED.fullmatch(cleaned):
        value = int(re.sub(r"\D", "", cleaned))
    elif cleaned.isascii() and (whole := _WHOLE.fullmatch(cleaned)):
        value = int(whole.group(1))
    else:
        raise ValueError(text)
    if value > MOST_REPORTED:
        raise ValueError(text)
    return value
