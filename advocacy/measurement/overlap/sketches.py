"""Sketches of sets: small, mergeable, and sealed wherever they are kept.

A sketch of one person's network is as sensitive as the list: it holds keyed hashes of a quarter of it. So it is kept
encrypted, bound to the person and network, and only the code that merges sketches opens it.
"""

from collections.abc import Iterable
from typing import Protocol

from datasketches import compact_theta_sketch, theta_a_not_b, theta_union, update_theta_sketch

from advocacy.foundation import encryption
from advocacy.measurement.overlap.mathematics import Range

# One network: 4,096 hashes at most, of a quarter of its people, so that no sketch holds a whole network.
LG_K = 12
SAMPLED = 0.25
# A union keeps four times as many: its error is 0.8 % of what it tells, not 1.6 %.
UNION_LG_K = 14
DEVIATIONS = 3

PURPOSE_OF_ONE = "network sketch"
PURPOSE_OF_UNIONS = "reach union"


class Sketch(Protocol):
    """What is used of a compact theta sketch; the library says nothing of its types."""

    def get_estimate(self) -> float: ...

    def get_lower_bound(self, num_std_devs: int) -> float: ...

    def get_upper_bound(self, num_std_devs: int) -> float: ...

    def serialize(self) -> bytes: ...


def sketch_of(tokens: Iterable[str], earlier: Sketch | None = None) -> Sketch:
    """Return the sketch of a set of tokens, together with what an earlier sketch held."""
    fresh = update_theta_sketch(LG_K, SAMPLED)
    for token in tokens:
        fresh.update(token)
    compact: Sketch = fresh.compact()
    if earlier is None:
        return compact
    both = theta_union(LG_K, SAMPLED)
    both.update(earlier)
    both.update(compact)
    together: Sketch = both.get_result()
    return together


def union_of(sketches: Iterable[Sketch]) -> Sketch:
    """Return the union of sketches. Of none: an empty one."""
    union = theta_union(UNION_LG_K)
    for sketch in sketches:
        union.update(sketch)
    result: Sketch = union.get_result()
    return result


def size_of(sketch: Sketch) -> Range:
    """Return how many are in the set, with bounds of three standard deviations."""
    return Range(sketch.get_estimate(), sketch.get_lower_bound(DEVIATIONS), sketch.get_upper_bound(DEVIATIONS))


def size_of_rest(sketch: Sketch, others: Sketch) -> Range:
    """Return how many are in one set and not in the other, with bounds of three standard deviations."""
    return size_of(theta_a_not_b().compute(sketch, others))


def seal(sketch: Sketch, purpose: str, owner: str) -> bytes:
    return encryption.encrypt_bytes(sketch.serialize(), purpose=purpose, owner=owner)


def unseal(sealed: bytes, purpose: str, owner: str) -> Sketch:
    """Return the sketch. Raises CannotDecrypt for one that belongs elsewhere."""
    sketch: Sketch = compact_theta_sketch.deserialize(encryption.decrypt_bytes(sealed, purpose=purpose, owner=owner))
    return sketch
