"""A real connections file through a real browser: only ids leave the page, and the person saw them first."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Person, Stage

pytestmark = pytest.mark.browser

PAGE = "/my-data/network-overlap"
SECRETS = ("Zacharias", "Quillfeather", "quillfeather@secret.example", "Hidden Harbour", "Master of Secrets", "26 Jul")
NOTES = 'Notes:\n"When exporting your connection data, some addresses are missing, see ""help""."\n\n'
HEADER = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"


def connections_file(folder: Path, people: int) -> Path:
    rows = [
        f'Zacharias,"Quillfeather, Jr.",https://www.linkedin.com/in/Contact-{number}/?trk=x,'
        f'quillfeather@secret.example,"Hidden Harbour, Inc.",Master of Secrets,26 Jul 2025'
        for number in range(people)
    ]
    file = folder / "Connections.csv"
    file.write_bytes(("\ufeff" + NOTES + HEADER + "\r\n".join([*rows, ",,,,,,14 Feb 2020", rows[0]])).encode())
    return file


def posts_told(posts: list[str]) -> list[str]:
    """Return what was sent, short enough to read."""
    return [post[:160] for post in posts]


def say_yes(one: Person) -> None:
    one.go(PAGE)
    if one.page.get_by_role("button", name="Yes, count overlaps").count():
        one.press("Yes, count overlaps")


def test_only_ids_leave_the_page(stage: Stage, person: Callable[..., Person], tmp_path: Path) -> None:
    anna = person("advocate")
    sent: list[str] = []
    anna.page.on("request", lambda request: sent.append(f"{request.method} {request.url} {request.post_data or ''}"))
    say_yes(anna)
    sent.clear()
    anna.page.set_input_files("#field-file", connections_file(tmp_path, 2_500))
    anna.page.wait_for_selector("[data-part=preview]:not([hidden])")
    anna.sees("2,500 different ids were found in 2,502 rows; 1 were there more than once.")
    anna.sees("li:in/contact-0")
    anna.is_accessible()
    assert [request for request in sent if "/static/" not in request] == [], "nothing is sent before it was seen"
    button = anna.page.get_by_role("button", name="Send these 2,500 ids")
    button.focus()
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_selector("#given")
    anna.sees("2,500 ids on")
    posts = [request for request in sent if request.startswith("POST")]
    paths = [request.split(" ")[1].rsplit("/", 1)[1] for request in posts]
    assert paths == ["uploads", "1", "2", "finished"], posts_told(posts)
    assert "li:in/contact-2499" in "".join(posts)
    everything = "\n".join(sent)
    for secret in SECRETS:
        assert secret.casefold() not in everything.casefold(), f"{secret} left the page"
    assert stage.cluster.scalar("SELECT max(profiles) FROM network_sketch") == 2_500
    logs = stage.cluster.logs(200_000)
    assert "contact-2499" not in logs
    wait = "SELECT count(*) FROM reach_union"
    stage.cluster.wait(lambda: stage.cluster.scalar(wait) > 0, 20, "the union of the unit and of all above")
    anna.press("Take it back")
    assert stage.cluster.scalar("SELECT count(*) FROM network_sketch") == 0


def test_a_file_that_is_none_says_why_and_rows_without_ids_are_named(
    person: Callable[..., Person], tmp_path: Path
) -> None:
    anna = person("advocate", phone=True)
    say_yes(anna)
    for name, content, told in (
        ("Connections.zip", b"PK\x03\x04rest", "This is an archive."),
        ("nonsense.csv", b"\x00\x01\x02", "This is no text file."),
        ("latin.csv", b"Jos\xe9", "This is no text file."),
        ("empty.csv", b"\n\n", "This file is empty."),
        ("old.csv", b"First Name,Last Name,Email Address\nAna,Diaz,\n", "no column URL"),
        ("names.csv", b"Ana Diaz\nBen Roy\n", "No profile of this network was found."),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        anna.page.set_input_files("#field-file", file)
        anna.page.wait_for_function(
            "told => document.querySelector('[data-part=status]').textContent.includes(told)", arg=told
        )
        assert anna.page.is_hidden("[data-part=preview]")
    mixed = tmp_path / "list.txt"
    mixed.write_text("https://www.linkedin.com/in/ana\nAna Diaz\nhttps://example.org/ana\n", encoding="utf-8")
    anna.page.set_input_files("#field-file", mixed)
    anna.page.wait_for_selector("[data-part=preview]:not([hidden])")
    anna.page.click("[data-part=problems-head]")
    anna.sees("Row 2: no profile address")
    anna.sees("Row 3: an address of something else")
    anna.is_accessible()


def test_without_script_it_says_that_it_cannot_be_done(person: Callable[..., Person]) -> None:
    anna = person("advocate", script=False)
    say_yes(anna)
    anna.sees("This cannot be done without JavaScript")
    assert anna.page.is_hidden("#field-file")
