"""The conventions of the JSON API: strict reading, pages, entity tags, and the OpenAPI document."""

import functools
import hashlib
import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NoReturn, cast
from urllib.parse import urlencode

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Response, request
from flask_babel import gettext as _
from flask_smorest import Api
from flask_smorest.blueprint import Blueprint
from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields, validate
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from advocacy.foundation.access import Permission
from advocacy.foundation.errors import (
    AdvocacyError,
    FieldProblem,
    Invalid,
    PreconditionFailed,
    PreconditionRequired,
)
from advocacy.foundation.fields import Schema, Text, field_problems, pointer_part
from advocacy.foundation.pagination import DEFAULT_ROWS, MOST_ROWS, Page

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
PROBLEM = "application/problem+json"
DIGEST_CHARACTERS = 16


class StrictParser(FlaskParser):
    """Reads arguments; says exactly what is wrong with them, and accepts nothing it was not asked for."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {}  # the schema decides, and ours refuse

    def load_json(self, req: Any, schema: Any) -> Any:
        raw = req.get_data(cache=True)
        if not raw:
            return missing
        if req.mimetype != "application/json" and not req.mimetype.endswith("+json"):
            raise _problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _("Send JSON with Content-Type: application/json."))
        try:
            return json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        except UnicodeDecodeError:
            detail = _("The body is not UTF-8.")
        except json.JSONDecodeError as error:
            detail = _("The body is not JSON: %(what)s (line %(line)s, column %(column)s).",
                       what=error.msg, line=error.lineno, column=error.colno)  # fmt: skip
        except RecursionError:
            detail = _("The body is nested too deeply.")
        except ValueError as error:
            detail = _("The body is not JSON: %(what)s.", what=error)
        raise _problem(HTTPStatus.BAD_REQUEST, detail, code="invalid_json")

    def handle_error(
        self, error: ValidationError, req: Any, schema: Any, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        messages = cast("dict[str, Any]", error.messages)
        unknown = [name for name in messages.get("query", {}) if name not in schema.fields]
        if unknown:
            raise unknown_parameters(unknown)
        raise Invalid(_("Some fields need another look."), problems=field_problems(messages))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _problem(status: HTTPStatus, detail: str, *, code: str | None = None) -> AdvocacyError:
    error = AdvocacyError(detail, code=code or status.name.lower())
    error.status, error.title = status.value, status.phrase
    return error


def unknown_parameters(names: list[str]) -> AdvocacyError:
    """Return the 400 for query parameters nobody asked for."""
    error = _problem(HTTPStatus.BAD_REQUEST, _("This parameter does not exist."), code="unknown_parameter")
    detail = _("There is no such parameter.")
    error.problems = tuple(FieldProblem(f"/{pointer_part(name)}", "unknown", detail) for name in names)
    return error


class ApiBlueprint(Blueprint):
    """A group of operations under /api/v1. Each declares its callers with `@public`, `@signed_in` or `@requires`."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, *, description: str, url_prefix: str = "", module: str | None = None) -> None:
        # The endpoint names are the operations' names; the prefix keeps them apart from the portal's pages.
        super().__init__(  # type: ignore[no-untyped-call]
            f"api_{name}",
            module or f"advocacy.{name}.api",
            url_prefix=f"/api/v1{url_prefix}",
            description=description,
        )

    def arguments(self, schema: Any, *, location: str = "json", **options: Any) -> Decorator:
        """Declare what an operation reads: JSON unless `location` says `query`."""
        return cast("Decorator", super().arguments(schema, location=location, **options))  # type: ignore[no-untyped-call]

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Decorator:
        """Declare what an operation answers when it succeeds."""
        described: Decorator = super().response(status_code, schema, **options)  # type: ignore[no-untyped-call]

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            respond = described(view)

            @functools.wraps(respond)
            def answer(*arguments: Any, **named: Any) -> Response:
                return _unless_known(respond(*arguments, **named))

            return answer

        return decorate

    def refusal(self, status_code: int) -> Decorator:
        """Declare a further error that an operation answers; the usual ones are described for all."""
        return cast("Decorator", super().alt_response(status_code, schema=ProblemOut, content_type=PROBLEM))  # type: ignore[no-untyped-call]

    def files_of(self, *media: str) -> Decorator:
        """Declare that an operation answers a file in one of these media types."""
        content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in media}
        described = {"200": {"description": "The file.", "content": content}}
        return cast("Decorator", self.doc(responses=described))

    def pages_of(self, schema: type[MarshmallowSchema]) -> Decorator:
        """Declare that an operation answers a Page: `{"data": [...], "next_cursor": ...}` and a Link header."""

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(view)
            def answer(*arguments: Any, **named: Any) -> Any:
                page: Page[Any] = view(*arguments, **named)
                headers = {}
                if page.next_cursor is not None:
                    asked = [pair for pair in request.args.items(multi=True) if pair[0] != "cursor"]
                    query = urlencode([*asked, ("cursor", page.next_cursor)])
                    headers["Link"] = f'<{request.path}?{query}>; rel="next"'
                return {"data": page.rows, "next_cursor": page.next_cursor}, HTTPStatus.OK, headers

            return self.response(200, page_schema(schema))(answer)

        return decorate


class PageFilter(Schema):
    """What every list takes. Derive from it to add filters."""

    limit = fields.Integer(
        strict=False,
        load_default=DEFAULT_ROWS,
        validate=validate.Range(1, MOST_ROWS),
        metadata={"description": "How many to answer at most."},
    )
    cursor = Text(
        longest=2_000, load_default=None, metadata={"description": "`next_cursor` of the answer before, unchanged."}
    )


@functools.cache
def page_schema(schema: type[MarshmallowSchema]) -> type[MarshmallowSchema]:
    """Return the schema of one page of a list."""
    name = schema.__name__.removesuffix("Out").removesuffix("Schema") + "Page"
    parts = {
        "data": fields.List(fields.Nested(schema), required=True),
        "next_cursor": fields.String(required=True, allow_none=True),
    }
    return Schema.from_dict(cast("Any", parts), name=name)


# --- Entity tags: the row's version, which a change has to name, and a digest of the whole answer, which tells more.


def require_match(version: object) -> None:
    """Let a change through only when it names the present version in If-Match, whatever else was answered with it.

    Raises PreconditionRequired without the header and PreconditionFailed when it names another version.
    """
    if not request.headers.get("If-Match", "").strip():
        raise PreconditionRequired(_("Send If-Match with the ETag you read, so that nobody's change is overwritten."))
    named = request.if_match
    if not named.star_tag and all(tag.partition(".")[0] != str(version) for tag in named.as_set()):
        raise PreconditionFailed(_("This changed since you read it. Read it again and decide anew."))


def with_etag(body: Any, version: object, status: int = 200) -> tuple[Any, int, dict[str, str]]:
    """Return an answer that carries its version; a GET whose If-None-Match knows it as it is becomes 304."""
    return body, status, {"ETag": f'"{version}"'}


def _unless_known(response: Response) -> Response:
    """Complete an answer's entity tag, and leave its body out when the reader has it.

    Answers hold more than their row: what others did, what the clock or the language says. So the version alone
    would call old what is new.
    """
    version, _is_weak = response.get_etag()
    if version is not None:
        tag = f"{version}.{hashlib.sha256(response.get_data()).hexdigest()[:DIGEST_CHARACTERS]}"
        response.set_etag(tag)
        if request.method in {"GET", "HEAD"} and request.if_none_match.contains_weak(tag):
            response.status_code = HTTPStatus.NOT_MODIFIED
    return response


# --- Mounting and describing.


class ProblemApi(Api):
    """flask-smorest without error pages of its own: one renderer serves the whole application."""

    def _register_error_handlers(self) -> None:
        pass


class ProblemOut(Schema):
    """What every error looks like (RFC 9457)."""

    class ErrorOut(Schema):
        """One thing that is wrong with one field."""

        pointer = fields.String(required=True, metadata={"description": "JSON pointer to the field."})
        code = fields.String(required=True)
        detail = fields.String(required=True)

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable; programs decide by it."})
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(ErrorOut))


class SchemaNames:
    """Names schemas in the description by their class; a second class of that name gets its capability in front."""

    def __init__(self) -> None:
        self.names: dict[type[MarshmallowSchema], str] = {}

    def __call__(self, schema: Any) -> str:
        kind = resolve_schema_cls(schema)
        kind = kind[0] if isinstance(kind, list) else kind
        if kind not in self.names:
            name = kind.__name__.removesuffix("Schema")
            if name in self.names.values():
                name = kind.__module__.split(".")[1].title() + name
            self.names[kind] = name
        return self.names[kind]


def make_api(app: Flask, version: str) -> ProblemApi:
    """Return the API of an application, ready for blueprints."""
    app.config.update(API_TITLE="Advocacy", API_VERSION=version, OPENAPI_VERSION="3.1.0")
    plugin = MarshmallowPlugin(schema_name_resolver=SchemaNames())
    api = ProblemApi(app, spec_kwargs={"marshmallow_plugin": plugin})
    api.spec.components.security_scheme(
        "token",
        {"type": "http", "scheme": "bearer", "description": "An API token, `adv_pat_…`. Its scopes narrow your role."},
    )
    api.spec.components.schema("Problem", schema=ProblemOut)

    @app.before_request
    def refuse_unknown_parameters() -> None:
        """Refuse parameters on operations that take none; the others are checked by their schemas."""
        if request.path.startswith("/api/") and request.args and request.endpoint is not None:
            documented = getattr(app.view_functions[request.endpoint], "_apidoc", {}).get("arguments", {})
            if not any(parameter["in"] == "query" for parameter in documented.get("parameters", ())):
                raise unknown_parameters(list(request.args))

    return api


IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Your id for this request: for 24 hours, repeating it repeats the answer only.",
}


def openapi_document(
    app: Flask, api: ProblemApi, access_of: Callable[[Any], Any], remembers_answers: Callable[[Any], bool]
) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description, with who may call what and how every error looks."""
    document = json.loads(json.dumps(api.spec.to_dict(), default=str))
    for rule in app.url_map.iter_rules():
        path = document["paths"].get(openapi_path(rule.rule))
        if path is None:
            continue
        view = app.view_functions[rule.endpoint]
        access = access_of(view)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = path.get(method.lower())
            if operation is not None:
                _describe(operation, rule.endpoint, method, access, has_path_parameters="<" in rule.rule)
                if method == "POST" and remembers_answers(view):
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    return cast("dict[str, Any]", document)


def openapi_path(rule: str) -> str:
    """Return a route of ours as the description writes it."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule)


def _describe(operation: dict[str, Any], endpoint: str, method: str, access: Any, *, has_path_parameters: bool) -> None:
    operation["operationId"] = endpoint.removeprefix("api_").replace(".", "_")
    answers = operation.setdefault("responses", {})
    answers.pop("default", None)
    problem = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    statuses = [HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE]
    if access != "public":
        operation["security"] = [{"token": [access.value] if isinstance(access, Permission) else []}]
        statuses += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    else:
        operation["security"] = []
    if "requestBody" in operation:
        statuses += [HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
    if has_path_parameters:
        statuses.append(HTTPStatus.NOT_FOUND)
    if method != "GET":
        statuses += [HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT]
    if operation.get("parameters") or "requestBody" in operation:
        statuses.append(HTTPStatus.UNPROCESSABLE_ENTITY)
    for status in statuses:
        answers[str(status.value)] = {"description": status.phrase, **problem}
    operation["responses"] = dict(sorted(answers.items()))
