"""The journal's bytes: what was written is read, what was torn is cut."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from advocacy.activity.kinds import ClickFlag
from advocacy.sharing.clicks import journal

NO_KEY = int(ClickFlag.NO_VISITOR_KEY)


def made(number: int, agent: bytes = b"agent", referrer: bytes = b"") -> bytes:
    return journal.frame(UUID(int=number).bytes, 1_000_000 + number, number, -number, 0, agent, referrer)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**62),
            st.integers(0, 2**31 - 1),
            st.integers(-(2**63), 2**63 - 1),
            st.integers(0, 63),
            st.binary(max_size=journal.LONGEST_AGENT),
            st.binary(max_size=journal.LONGEST_REFERRER),
        ),
        max_size=10,
    )
)
def test_clicks_are_read_as_they_were_written(clicks: list[tuple[int, int, int, int, bytes, bytes]]) -> None:
    events = [uuid4() for _ in clicks]
    body = journal.MAGIC + b"".join(journal.frame(e.bytes, *c) for e, c in zip(events, clicks, strict=True))
    contents = journal.read(body, no_key_flag=NO_KEY)
    assert contents.torn_bytes == 0
    assert [
        (c.event_id, c.occurred_us, c.link_key, c.visitor_key, c.flags, c.agent, c.referrer) for c in contents.clicks
    ] == [
        (event, at, link, None if flags & NO_KEY else visitor, flags, agent, referrer)
        for event, (at, link, visitor, flags, agent, referrer) in zip(events, clicks, strict=True)
    ]


@given(st.integers(1, len(made(3))))
def test_a_torn_tail_is_cut_and_the_clicks_before_it_stay(cut: int) -> None:
    body = journal.MAGIC + made(1) + made(2) + made(3)
    contents = journal.read(body[:-cut], no_key_flag=NO_KEY)
    assert [click.link_key for click in contents.clicks] == [1, 2]
    assert contents.sound_bytes == journal.sound_length(body[:-cut]) == len(journal.MAGIC + made(1) + made(2))


@given(st.integers(len(journal.MAGIC), len(journal.MAGIC) + len(made(1)) - 1), st.integers(1, 255))
def test_a_changed_byte_is_never_a_click(position: int, change: int) -> None:
    body = bytearray(journal.MAGIC + made(1))
    body[position] ^= change
    assert journal.read(bytes(body), no_key_flag=NO_KEY).clicks == []


def test_room_that_was_not_used_is_not_torn() -> None:
    contents = journal.read(journal.MAGIC + made(1) + bytes(5_000), no_key_flag=NO_KEY)
    assert len(contents.clicks) == 1
    assert contents.torn_bytes == 0


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(body: bytes) -> None:
    for some in (body, journal.MAGIC + body):
        contents = journal.read(some, no_key_flag=NO_KEY)
        assert contents.sound_bytes + contents.torn_bytes <= len(some)
