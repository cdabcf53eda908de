"""What amplification would be: exact arithmetic, and beside it what hangs on who joins. No database, no settings."""

from advocacy.measurement.scenario.detailed import MODEL_VERSION, definition_hash, work_out
from advocacy.measurement.scenario.exact import IBM, Number, Preset, ScenarioError, scenario
from advocacy.measurement.scenario.inputs import BRAND_OVERLAPS, SPREADS, WHO, Inputs, classes_of

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
    "definition_hash",
    "scenario",
    "work_out",
]
