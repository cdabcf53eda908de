"""All pages about worth, by importing the modules that hold them."""

from advocacy.portal.executive import (
    amplification,
    brand,
    data_quality,
    files,
    measures,
    participation,
    reports,
    saved_scenarios,
    scenario,
    unique_reach,
)
from advocacy.portal.executive.blueprint import blueprint

__all__ = [
    "amplification",
    "blueprint",
    "brand",
    "data_quality",
    "files",
    "measures",
    "participation",
    "reports",
    "saved_scenarios",
    "scenario",
    "unique_reach",
]
