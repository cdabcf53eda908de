"""The policy a new deployment starts with, in plain words: `default_policy.json`. `publish_policy` replaces it."""

import json
from pathlib import Path

DEFAULT_POLICY: dict[str, list[dict[str, str]]] = json.loads(
    Path(__file__).with_name("default_policy.json").read_text(encoding="utf-8")
)
