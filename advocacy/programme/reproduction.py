"""Whether a saved scenario would come out the same today."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from advocacy.measurement.scenario import MODEL_VERSION, Inputs, ScenarioError, definition_hash, work_out
from advocacy.programme.models import Scenario

# Machines add up in different orders, so the last digits of a sum may differ; a reader would never see these.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What today's calculation makes of the same inputs and seed; `results` is None where it refuses them."""

    is_same: bool
    model_version: int
    definition_hash: str
    results: Mapping[str, Any] | None


def reproduce(scenario: Scenario) -> Reproduction:
    """Work a saved scenario out anew and compare every number that was kept."""
    try:
        today: Mapping[str, Any] | None = work_out(Inputs.of_canonical(scenario.inputs))
    except ScenarioError:
        today = None
    is_same = today is not None and _agree(scenario.results, today)
    return Reproduction(is_same, MODEL_VERSION, definition_hash(), today)


def _agree(kept: Any, today: Any) -> bool:
    """Return whether everything kept is there today and equal; what today says beyond it does not matter."""
    if isinstance(kept, Mapping):
        if not isinstance(today, Mapping):
            return False
        # Which version counted is not a number that was counted.
        return all(name in today and _agree(value, today[name]) for name, value in kept.items() if name not in _NAMES)
    if isinstance(kept, list):
        is_list = isinstance(today, list | tuple) and len(kept) == len(today)
        return is_list and all(_agree(*pair) for pair in zip(kept, today, strict=True))
    if isinstance(kept, float) or isinstance(today, float):
        numbers = isinstance(kept, int | float) and isinstance(today, int | float)
        return numbers and math.isclose(kept, today, rel_tol=TOLERANCE)
    return bool(kept == today)


_NAMES = frozenset({"model_version"})
