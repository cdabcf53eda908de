"""MinHash of a text's runs of three words, under a key of the deployment.

Two sketches agree in about as many places as the texts share of all their runs (Broder 1997). Thirty-two places tell
half from three quarters, which is all a writer needs. Eight bands of four find candidates by an index: texts that
share three quarters of their runs meet in at least one band 94 times in a hundred, those that share a quarter 3 times.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from advocacy.content.phrase_matching import fold
from advocacy.foundation import preferences

PLACES, BANDS = 32, 8
RUN = 3
FEWEST_WORDS = 8
LONGEST = 10_000
_PRIME = np.uint64((1 << 31) - 1)


@dataclass(frozen=True, slots=True)
class Sketched:
    """A sketch, its bands, and for each of its places the run of words that gave it: first and last character."""

    sketch: bytes
    bands: tuple[int, ...]
    runs: tuple[tuple[int, int], ...]

    @property
    def places(self) -> NDArray[np.uint32]:
        return np.frombuffer(self.sketch, dtype="<u4")


@lru_cache(maxsize=2)
def _key(pepper: str) -> bytes:
    return hashlib.blake2b(b"advocacy:post-sketch", key=pepper.encode()[:64]).digest()


@lru_cache(maxsize=2)
def _coefficients(key: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    drawn = np.frombuffer(hashlib.shake_256(key).digest(PLACES * 8), dtype="<u4").astype(np.uint64)
    return drawn[:PLACES] % (_PRIME - np.uint64(1)) + np.uint64(1), drawn[PLACES:] % _PRIME


def words_of(text: str) -> list[tuple[str, int, int]]:
    """Return the words of a text in one spelling, each with its first and last character's place."""
    folded = fold(text[:LONGEST])
    words: list[tuple[str, int, int]] = []
    start = None
    for place, character in enumerate(folded.text + " "):
        if character.isalnum():
            start = place if start is None else start
        elif start is not None:
            words.append((folded.text[start:place], folded.origins[start], folded.origins[place - 1] + 1))
            start = None
    return words


def sketch_of(text: str) -> Sketched | None:
    """Return the sketch of a text, or None for one too short to be anybody's."""
    words = words_of(text)
    if len(words) < FEWEST_WORDS:
        return None
    key = _key(preferences.deployment().pepper)
    runs = range(len(words) - RUN + 1)
    hashes = np.fromiter(
        (_hash(key, " ".join(word for word, _start, _end in words[at : at + RUN])) for at in runs),
        dtype=np.uint64,
        count=len(runs),
    )
    multipliers, offsets = _coefficients(key)
    # Below 2^31 times 2^31 nothing overflows 64 bits.
    spread = (multipliers[:, None] * hashes[None, :] + offsets[:, None]) % _PRIME
    least = spread.argmin(axis=1)
    places = spread[np.arange(PLACES), least].astype("<u4")
    return Sketched(
        places.tobytes(),
        _bands(key, places),
        tuple((words[at][1], words[at + RUN - 1][2]) for at in least.tolist()),
    )


def _hash(key: bytes, run: str) -> int:
    return int.from_bytes(hashlib.blake2b(run.encode(), key=key, digest_size=8).digest(), "little") % int(_PRIME)


def _bands(key: bytes, places: NDArray[np.uint32]) -> tuple[int, ...]:
    """Return a signed 32-bit value for each band; its number is part of it, so that bands do not mix."""
    rows = PLACES // BANDS
    return tuple(
        int.from_bytes(
            hashlib.blake2b(
                bytes([band]) + places[band * rows : (band + 1) * rows].tobytes(), key=key, digest_size=4
            ).digest(),
            "little",
            signed=True,
        )
        for band in range(BANDS)
    )
