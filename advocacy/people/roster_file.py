"""Reading an HR export: any honest CSV, cell by cell, with errors that name row and column. Knows no database."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from flask_babel import gettext as _

from advocacy.foundation.errors import Invalid

LONGEST_CELL = 10_000
LONGEST_HEADER = 20_000
DELIMITERS = (",", ";", "\t")
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
LINE_BREAKS = re.compile(r"[\t\r\n]+")
# A spreadsheet runs a cell that begins like this.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one row: the line of the file where it ends, the column (empty: the whole row), what to do."""

    line: int
    column: str
    detail: str


class FileUnreadable(Invalid):
    """The file as a whole cannot be used: its encoding, its header, or quoting that never ends."""

    code = "file_unreadable"


@dataclass(slots=True)
class Problems:
    """Collects what is wrong: the first ones to show, all of them in a file when one was asked for."""

    most_shown: int = 100
    total: int = 0
    shown: list[RowProblem] = field(default_factory=list)
    writer: "ProblemWriter | None" = None

    def add(self, line: int, column: str, detail: str) -> None:
        self.total += 1
        problem = RowProblem(line, column, detail)
        if len(self.shown) < self.most_shown:
            self.shown.append(problem)
        if self.writer is not None:
            self.writer.write(problem)


class ProblemWriter:
    """Writes problems as CSV that is safe to open in a spreadsheet."""

    def __init__(self, stream: IO[str]) -> None:
        self._writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        self._writer.writerow(("line", "column", "problem"))

    def write(self, problem: RowProblem) -> None:
        self._writer.writerow((problem.line, safe_cell(problem.column), safe_cell(problem.detail)))


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


@dataclass(frozen=True, slots=True)
class Columns:
    """What a kind of file holds. Names are matched without regard to case, blanks or dashes."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return self.required + self.optional


@dataclass(slots=True)
class Table:
    """An opened file: its columns, what was ignored, and its rows as (line, cells by column)."""

    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    rows: Iterator[tuple[int, dict[str, str]]]


@contextmanager
def open_table(path: Path, columns: Columns, problems: Problems) -> Iterator[Table]:
    """Open a CSV file and yield its rows as they are read; the memory it takes does not grow with the file.

    UTF-8 (with or without a mark) and UTF-16 (with one); comma, semicolon or tab. Raises FileUnreadable with what
    to do when the file is missing, in another encoding, or its header lacks or repeats a column.
    """
    encoding = _encoding_of(path)
    old_limit = csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding=encoding, newline="") as stream:
            yield _read(stream, encoding, columns, problems)
    except UnicodeDecodeError as error:
        raise _not_text(error, encoding) from error
    except UnicodeError as error:
        raise FileUnreadable(
            _("The file is not valid %(encoding)s. Save it as UTF-8 and try again.", encoding=_spoken(encoding))
        ) from error
    finally:
        csv.field_size_limit(old_limit)


def _encoding_of(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except FileNotFoundError as error:
        raise FileUnreadable(_("There is no file %(path)s.", path=path), code="file_missing") from error
    except IsADirectoryError as error:
        raise FileUnreadable(_("%(path)s is a folder, not a file.", path=path)) from error
    except OSError as error:
        raise FileUnreadable(_("%(path)s cannot be read: %(strerror)s.", path=path, strerror=error.strerror)) from error
    if not start:
        raise FileUnreadable(_("The file is empty. It needs a header and one row per person."))
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FileUnreadable(_("The file is UTF-32. Save it as UTF-8 and try again."))
    for mark, encoding in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding
    if start.startswith(b"PK\x03\x04"):
        raise FileUnreadable(_("The file is a spreadsheet or an archive. Export it as CSV (UTF-8) and try again."))
    halves = start[0::2].count(0), start[1::2].count(0)
    if max(halves) > len(start) // 8:
        raise FileUnreadable(_("The file looks like UTF-16 without its mark. Save it as UTF-8 and try again."))
    return "utf-8"


def _spoken(encoding: str) -> str:
    return "UTF-16" if encoding == "utf-16" else "UTF-8"


def _not_text(error: UnicodeDecodeError, encoding: str) -> FileUnreadable:
    if encoding == "utf-16":
        return FileUnreadable(_("The file is not valid UTF-16. Save it as UTF-8 and try again."))
    byte = error.object[error.start]
    near = bytes(error.object[max(0, error.start - 30) : error.start]).decode("utf-8", "replace")
    near = "".join(character if character.isprintable() else " " for character in near).strip()
    return FileUnreadable(
        _(
            "The file is not UTF-8: byte %(byte)s after “%(near)s”. It is probably Windows-1252 or ISO-8859-1."
            " Save it as UTF-8 and try again.",
            byte=f"0x{byte:02X}",
            near=near[-25:],
        )
    )


def _read(stream: IO[str], encoding: str, columns: Columns, problems: Problems) -> Table:
    first = stream.readline(LONGEST_HEADER)
    if len(first) >= LONGEST_HEADER:
        raise FileUnreadable(_("The first line is too long to be a header. Is this a CSV file?"))
    delimiter = max(DELIMITERS, key=lambda candidate: len(_known(first, candidate, columns)))
    header = next(iter(_cells(first, delimiter)), [])
    names = [_normal(cell) for cell in header]
    used = [name if name in columns.all else "" for name in names]
    twice = sorted({name for name in used if name and used.count(name) > 1})
    if twice:
        raise FileUnreadable(_("The header names a column twice: %(twice)s.", twice=", ".join(twice)))
    missing = [name for name in columns.required if name not in used]
    if missing:
        shown = ", ".join(name for name in names if name)[:200]
        raise FileUnreadable(
            _(
                "Columns are missing: %(missing)s. The header has: %(found)s.",
                missing=", ".join(missing),
                found=shown or _("nothing"),
            )
        )
    ignored = tuple(cell.strip()[:60] for cell, name in zip(header, used, strict=True) if not name and cell.strip())
    return Table(
        columns=tuple(name for name in used if name), ignored=ignored, rows=_rows(stream, delimiter, used, problems)
    )


def _cells(line: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader([line], delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise FileUnreadable(_("The header cannot be read: %(error)s.", error=error)) from error


def _known(line: str, delimiter: str, columns: Columns) -> set[str]:
    try:
        return {_normal(cell) for row in csv.reader([line], delimiter=delimiter) for cell in row} & set(columns.all)
    except csv.Error:
        return set()


def _normal(cell: str) -> str:
    return re.sub(r"[\s\-]+", "_", cell.strip().strip("\ufeff").lower())


def _rows(stream: IO[str], delimiter: str, used: list[str], problems: Problems) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    wanted = [(position, name) for position, name in enumerate(used) if name]
    width = len(used)
    while True:
        began = reader.line_num + 2  # the header is line 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileUnreadable(
                _(
                    "The row that begins in line %(began)s cannot be read (%(error)s)."
                    " A quote is missing or a cell has more than %(most)s characters.",
                    began=began,
                    error=error,
                    most=LONGEST_CELL,
                )
            ) from error
        if not row or not any(row):
            continue
        line = reader.line_num + 1
        if len(row) != width:
            problems.add(
                line, "", _("The row has %(number)s cells and the header %(width)s.", number=len(row), width=width)
            )
            continue
        if UNFIT.search("".join(row)):
            row = [LINE_BREAKS.sub(" ", cell) for cell in row]
            unfit = [(name, found) for position, name in wanted if (found := UNFIT.search(row[position]))]
            for name, found in unfit:
                problems.add(
                    line,
                    name,
                    _(
                        "It contains a character that cannot be stored: %(character)s.",
                        character=f"U+{ord(found.group()):04X}",
                    ),
                )
            if unfit:
                continue
        yield line, {name: row[position].strip() for position, name in wanted}


def normal_text(text: str) -> str:
    """Return a text in one canonical form, so that the same name typed on two systems is the same name."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def read_text(text: str, columns: Columns, problems: Problems) -> Table:
    """Read a table out of a string; for tests and for uploads that are already decoded."""
    return _read(io.StringIO(text, newline=""), "utf-8", columns, problems)


def as_mapping(table: Table) -> list[Mapping[str, str]]:
    """Return every row at once, for small tables such as that of the units."""
    return [{"line": str(line), **row} for line, row in table.rows]
