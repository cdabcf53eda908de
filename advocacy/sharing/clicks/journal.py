"""The click journal: framed records on disk, written before a click is answered, read once by the importer.

A file is a magic line and then frames: checksum, length, payload. Zeros after the last one are room not used.
The checksum covers length and payload, so a tail that a power cut tore off is recognised and cut. Nobody is answered
before the whole frame is on disk, so a torn frame is a click nobody was promised.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

MAGIC = b"clicks 1\n"
LONGEST_AGENT = 512
LONGEST_REFERRER = 255

_FRAME = struct.Struct("<IH")  # checksum, length of the payload
_LENGTH = struct.Struct("<H")
_PAYLOAD = struct.Struct("<16sQiqHHB")  # event, microseconds, link, visitor, flags, lengths of agent and referrer
_HEAD = struct.Struct("<H16sQiqHHB")  # length and payload in one piece, which is what the checksum covers
_CHECKSUM = struct.Struct("<I")
SHORTEST_PAYLOAD = _PAYLOAD.size


@dataclass(frozen=True, slots=True)
class Click:
    """One click as the redirect saw it. `visitor_key` is None where there was no salt; the address is not here."""

    event_id: UUID
    occurred_us: int
    link_key: int
    visitor_key: int | None
    flags: int
    agent: bytes
    referrer: bytes


def frame(
    event_id: bytes,
    occurred_us: int,
    link_key: int,
    visitor_key: int,
    flags: int,
    agent: bytes,
    referrer: bytes,
    # Bound once: this runs for every click.
    pack: object = _HEAD.pack,
    seal: object = _CHECKSUM.pack,
    checksum: object = zlib.crc32,
) -> bytes:
    """Return the bytes of one click. Agent and referrer must be cut to their longest lengths already."""
    body: bytes = (
        pack(  # type: ignore[operator]
            SHORTEST_PAYLOAD + len(agent) + len(referrer),
            event_id,
            occurred_us,
            link_key,
            visitor_key,
            flags,
            len(agent),
            len(referrer),
        )
        + agent
        + referrer
    )
    return seal(checksum(body)) + body  # type: ignore[operator, no-any-return]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a journal file holds: its sound clicks, how far they reach, and how many bytes after that are torn."""

    clicks: list[Click]
    sound_bytes: int
    torn_bytes: int


def read(body: bytes, *, no_key_flag: int) -> Contents:
    """Return the clicks of a file up to the first byte that cannot be trusted.

    `no_key_flag` marks clicks without a visitor key. An empty or strange file has no clicks and only torn bytes.
    """
    if not body.startswith(MAGIC):
        return Contents([], 0, len(body))
    clicks = []
    end = len(MAGIC)
    for click, position in _frames(body, no_key_flag):
        clicks.append(click)
        end = position
    return Contents(clicks, end, torn_length(body, end))


def torn_length(body: bytes, sound: int) -> int:
    """Return how many bytes after the sound ones were meant to be a click. Zeros are only room that was not used."""
    return len(body[sound:].rstrip(b"\0"))


def sound_length(body: bytes) -> int:
    """Return how many bytes of a file can be trusted; what follows is torn."""
    if not body.startswith(MAGIC):
        return 0
    position = len(MAGIC)
    for start, end in _bounds(body):
        del start
        position = end
    return position


def _bounds(body: bytes) -> Iterator[tuple[int, int]]:
    """Walk over the sound frames: where each payload begins and where its frame ends."""
    position, size = len(MAGIC), len(body)
    view = memoryview(body)
    while position + _FRAME.size <= size:
        checksum, length = _FRAME.unpack_from(body, position)
        start = position + _FRAME.size
        end = start + length
        if length < SHORTEST_PAYLOAD or end > size:
            return
        if zlib.crc32(view[position + _CHECKSUM.size : end]) != checksum:
            return
        yield start, end
        position = end


def _frames(body: bytes, no_key_flag: int) -> Iterator[tuple[Click, int]]:
    for start, end in _bounds(body):
        event, occurred_us, link_key, visitor, flags, agent_length, referrer_length = _PAYLOAD.unpack_from(body, start)
        agent_start = start + SHORTEST_PAYLOAD
        referrer_start = agent_start + agent_length
        if referrer_start + referrer_length != end:
            return
        key = None if flags & no_key_flag else visitor
        yield (
            Click(
                UUID(bytes=event),
                occurred_us,
                link_key,
                key,
                flags,
                body[agent_start:referrer_start],
                body[referrer_start:end],
            ),
            end,
        )
