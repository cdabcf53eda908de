"""Whatever is in a file, the answer is rows or one clear error."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy.people import roster
from advocacy.people.roster_file import (
    FileUnreadable,
    Problems,
    ProblemWriter,
    RowProblem,
    open_table,
    read_text,
    safe_cell,
)

HEADER = "external_id,email,name,unit\n"


def read(path):
    problems = Problems()
    with open_table(path, roster.PEOPLE, problems) as table:
        people = [roster.person(line, row, problems) for line, row in table.rows]
    return people, problems


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"name\n", "Columns are missing: external_id, email"),
        (b"external_id,email,name,name\n", "a column twice: name"),
        (HEADER.encode() + "1,a@b.example,Jürgen,X".encode("cp1252"), "1,a@b.example,J”. It is probably Windows-1252"),
        (HEADER.encode("utf-16-le"), "UTF-16 without its mark"),
        (b"\xff\xfe" + HEADER.encode("utf-16-le") + b"\xd8", "not valid UTF-16"),
        (b"\xff\xfe\x00\x00abcd", "UTF-32"),
        (b"PK\x03\x04 and so on", "spreadsheet"),
        (HEADER.encode() + b'1,a@b.example,"never closed,X\n' + b"x" * 20_000, "begins in line 2"),
        (HEADER.encode() + b'1,a@b.example,"a"b,X\n', "begins in line 2"),
        (HEADER.encode() + b"1,a@b.example," + b"x" * 20_000 + b",X\n", "more than 10000 characters"),
        (b"x" * 50_000, "too long to be a header"),
    ],
)
def test_an_unreadable_file_is_told_why(tmp_path, content, told):
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(FileUnreadable) as refused:
        read(path)
    assert told in refused.value.detail


def test_a_folder_is_told_apart_from_a_file(tmp_path):
    with pytest.raises(FileUnreadable, match="folder"):
        read(tmp_path)


def test_rows_of_another_width_are_named(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(HEADER + "1,a@b.example,A,X\n2,b@b.example\n\n3,c@b.example,C,X,more\n")
    people, problems = read(path)
    assert len(people) == 1
    assert [(found.line, found.detail) for found in problems.shown] == [
        (3, "The row has 2 cells and the header 4."),
        (5, "The row has 5 cells and the header 4."),
    ]


def test_the_limit_of_cells_is_ours_only_while_we_read(tmp_path):
    before = csv.field_size_limit()
    path = tmp_path / "people.csv"
    path.write_text(HEADER)
    read(path)
    assert csv.field_size_limit() == before


def test_line_breaks_within_a_cell_become_blanks(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(HEADER.encode() + b'1,a@b.example,"A\r\nB",X\r\n2,x,B,X\r\n')
    people, problems = read(path)
    assert people[0].name == "A B"
    assert problems.shown[0].line == 4


@given(st.binary(max_size=400))
def test_bytes_never_crash_the_reader(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    with suppress(FileUnreadable):
        read(path)


@given(st.text(max_size=300))
def test_text_below_a_good_header_never_crashes_and_gives_only_storable_people(content):
    problems = Problems()
    try:
        table = read_text(HEADER + content, roster.PEOPLE, problems)
        people = [roster.person(line, row, problems) for line, row in table.rows]
    except FileUnreadable:
        return
    for person in filter(None, people):
        assert person.external_id
        assert person.email.count("@") == 1
        assert all("\x00" not in str(cell) for cell in person)
        "".join(str(cell) for cell in person).encode()


@given(st.text(max_size=50))
def test_no_cell_of_the_error_file_is_a_formula(text):
    stream = io.StringIO()
    ProblemWriter(stream).write(RowProblem(2, text, text))
    for row in csv.reader(io.StringIO(stream.getvalue())):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")) for cell in row)
    assert safe_cell("=1+1") == "'=1+1"


@given(
    st.sampled_from(sorted(roster.CHECKS)),
    st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=300),
)
def test_a_check_accepts_or_refuses_and_never_crashes(column, text):
    with suppress(roster.Unacceptable):
        assert roster.CHECKS[column](text)


@pytest.mark.parametrize(
    "address", ["a@b", "a b@c.example", "a@b..example", "@b.example", "a@.example", "a@b.example."]
)
def test_an_address_is_refused_when_nobody_could_write_to_it(address):
    with pytest.raises(roster.Unacceptable):
        roster.email(address)


@pytest.mark.parametrize("address", ["a@b.example", "o'neil+x@sub.b.example", "zoë@bücher.example"])
def test_an_address_is_accepted_when_it_can_be_one(address):
    assert roster.email(address) == address
