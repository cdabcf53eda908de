"""The lessons a new deployment starts with: `default_lessons.json`, by name, in three languages, with their sources."""

import json
from pathlib import Path
from typing import Any

DEFAULT_LESSONS: tuple[dict[str, Any], ...] = tuple(
    json.loads(Path(__file__).with_name("default_lessons.json").read_text(encoding="utf-8"))
)
