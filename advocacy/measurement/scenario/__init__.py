"""What amplification would be: exact arithmetic, and beside it what hangs on who joins. No database, no settings."""

from advocacy.measurement.scenario.detailed import (
    BRAND_OVERLAPS,
    MODEL_VERSION,
    SPREADS,
    WHO,
    Inputs,
    classes_of,
    work_out,
)
from advocacy.measurement.scenario.exact import IBM, Number, Preset, ScenarioError, scenario

__all__ = [
    "BRAND_OVERLAPS",
    "IBM",
    "MODEL_VERSION",
    "SPREADS",
    "WHO",
    "Inputs",
    "Number",
    "Preset",
    "ScenarioError",
    "classes_of",
    "scenario",
    "work_out",
]
