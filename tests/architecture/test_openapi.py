"""The description of the API: valid, committed, and complete."""

import json
from pathlib import Path

from openapi_spec_validator import validate

from advocacy.app import openapi_document

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


def test_description_is_valid(app):
    validate(json.loads(json.dumps(openapi_document(app))))
    assert openapi_document(app)["openapi"] == "3.1.0"


def test_committed_description_is_the_present_one(app):
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    present = json.loads(json.dumps(openapi_document(app)))
    assert committed["paths"].keys() == present["paths"].keys(), "run `make openapi`"
    assert committed == present, "run `make openapi`"


def test_every_operation_says_what_it_does_and_who_may(app):
    for path, item in openapi_document(app)["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            assert operation.get("summary"), f"{method} {path} has no summary"
            assert "security" in operation, f"{method} {path} does not say who may call it"
            assert operation["operationId"]


def test_operation_ids_are_unique(app):
    ids = [
        operation["operationId"]
        for item in openapi_document(app)["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert len(ids) == len(set(ids)), sorted({name for name in ids if ids.count(name) > 1})
