"""What each definition said before: `make docs` records it, the page of measures and the handbook tell it.

A number that changed its meaning without a word is worse than a wrong one, so a changed definition needs a higher
version, and what it said before stays readable. The record begins on the day this file was made.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from advocacy.measurement.catalogue.metric import Metric

FILE = Path(__file__).with_name("history.json")


class UnsaidChangeError(ValueError):
    """A definition changed under the same version. Says which."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One wording of a definition: the day it was recorded, and what the fields that changed had said until then."""

    on: date
    version: int
    definition_hash: str
    before: Mapping[str, Any]


@cache
def editions() -> dict[str, tuple[Edition, ...]]:
    """Return what was recorded of each key, the oldest first; keys that are gone stay."""
    return {
        key: tuple(
            Edition(date.fromisoformat(one["on"]), one["version"], one["hash"], one["before"])
            for one in record["editions"]
        )
        for key, record in _read().items()
    }


def recorded(metrics: Iterable[Metric], on: date) -> str:
    """Return the text of the file with every definition that is new or changed noted on a day.

    Raises UnsaidChangeError when a definition changed and its version did not grow.
    """
    records = _read()
    for metric in metrics:
        said = json.loads(json.dumps(metric.said))
        record = records.setdefault(metric.key, {"said": {}, "editions": []})
        last = record["editions"][-1] if record["editions"] else None
        if last is not None and last["hash"] == metric.definition_hash:
            continue
        before = {}
        if last is not None:
            if metric.version <= last["version"]:
                raise UnsaidChangeError(
                    f"{metric.key} means something else than before, but is still version {metric.version}: raise it."
                )
            told = record["said"]
            before = {name: told.get(name) for name in said if name != "version" and told.get(name) != said[name]}
        record["editions"].append(
            {"on": on.isoformat(), "version": metric.version, "hash": metric.definition_hash, "before": before}
        )
        record["said"] = said
    return json.dumps(records, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _read() -> dict[str, Any]:
    if not FILE.exists():
        return {}
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
