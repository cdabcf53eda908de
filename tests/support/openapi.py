"""Holding answers against the API's own description."""

import re
import weakref
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from advocacy.app import openapi_document
from advocacy.foundation.rest import openapi_path

JSON_POINTER = re.compile(r"(/([^~/]|~[01])*)*")  # RFC 6901
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DOCUMENT = "urn:test:openapi"
FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time")(lambda value: not isinstance(value, str) or UTC_TIME.fullmatch(value) is not None)
_documents: "weakref.WeakKeyDictionary[Flask, tuple[dict[str, Any], Any]]" = weakref.WeakKeyDictionary()


def document_of(app: Flask) -> tuple[dict[str, Any], Any]:
    if app not in _documents:
        document = openapi_document(app)
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        _documents[app] = (document, Registry().with_resource(DOCUMENT, resource))
    return _documents[app]


def check(app: Flask, method: str, path: str, response: TestResponse) -> None:
    """Fail when an answer under /api is not what the description says: its status, its media type, its shape."""
    document, registry = document_of(app)
    try:
        rule, _arguments = app.url_map.bind("localhost").match(
            path.split("?", maxsplit=1)[0], method=method, return_rule=True
        )
    except HTTPException:
        operation: dict[str, Any] | None = None
    else:
        operation = document["paths"].get(openapi_path(rule.rule), {}).get(method.lower())
    status = str(response.status_code)
    if response.status_code >= 400:
        assert response.mimetype == "application/problem+json", f"{method} {path}: {status} is no problem+json"
        _validate({"$ref": f"{DOCUMENT}#/components/schemas/Problem"}, registry, response, f"{method} {path} {status}")
        for error in response.get_json().get("errors", ()):
            assert JSON_POINTER.fullmatch(error["pointer"]), f"{method} {path}: {error['pointer']!r} is no JSON pointer"
    if operation is None or response.status_code == 304:
        return
    described = operation["responses"].get(status)
    assert described is not None, f"{method} {path} answered {status}, which its description does not name"
    if response.status_code == 200 and "content" in described:
        assert response.mimetype in described["content"], f"{method} {path} answered {response.mimetype}"
    schema = described.get("content", {}).get(response.mimetype, {}).get("schema")
    if schema is not None and response.is_json:
        pointer = openapi_path(rule.rule).replace("~", "~0").replace("/", "~1")
        media = response.mimetype.replace("/", "~1")
        place = f"{pointer}/{method.lower()}/responses/{status}/content/{media}/schema"
        _validate({"$ref": f"{DOCUMENT}#/paths/{place}"}, registry, response, f"{method} {path} {status}")


def _validate(schema: dict[str, Any], registry: Any, response: TestResponse, where: str) -> None:
    errors = [
        f"{'/'.join(map(str, error.path)) or '(all)'}: {error.message}"
        for error in Draft202012Validator(schema, registry=registry, format_checker=FORMATS).iter_errors(
            response.get_json()
        )
    ]
    assert not errors, f"{where} does not match the description: " + "; ".join(errors)
