"""The worked examples of the measurement specification, as data: inputs and what must come out."""

import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("examples.json")
EXAMPLES: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))


def example(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the inputs and the expected outputs of one example."""
    found = EXAMPLES[name]
    return found["inputs"], found["expected"]
