"""What every page needs: the layout's context, and forms checked by the same schemas as the API."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import get_locale
from marshmallow import EXCLUDE, Schema, ValidationError

from advocacy.foundation.errors import Invalid

NO_CONTENT = 204
UNPROCESSABLE = 422


class FormErrors(dict[str, list[str]]):
    """Messages by field name; the empty name holds what concerns the whole form."""

    @classmethod
    def from_domain(cls, error: Invalid) -> "FormErrors":
        found = cls()
        for problem in error.problems:
            found.setdefault(problem.pointer.strip("/").split("/")[0], []).append(problem.detail)
        if not found:
            found[""] = [error.detail]
        return found


def load_form(schema: Schema, **extra: Any) -> tuple[dict[str, Any], FormErrors]:
    """Check the submitted form; return the accepted values and the messages for those that were not.

    An empty field counts as not filled in. The CSRF token and the buttons are not part of any schema.
    """
    submitted: dict[str, Any] = {}
    for name in request.form:
        field = schema.fields.get(name)
        if field is None:
            continue
        values = request.form.getlist(name)
        is_many = hasattr(field, "inner")
        if is_many:
            submitted[name] = [value for value in values if value != ""]
        elif values[0].strip() != "":
            submitted[name] = values[0].replace("\r\n", "\n")
    submitted.update(extra)
    try:
        return dict(schema.load(submitted, unknown=EXCLUDE)), FormErrors()
    except ValidationError as error:
        return dict(error.valid_data or {}), FormErrors(_flat(error.messages_dict))


def _flat(messages: Mapping[str, Any]) -> dict[str, list[str]]:
    flat: dict[str, list[str]] = {}
    for name, found in messages.items():
        if isinstance(found, Mapping):
            flat[name] = [text for inner in _flat({str(k): v for k, v in found.items()}).values() for text in inner]
        elif isinstance(found, list | tuple):
            flat[name] = [str(text) for text in found]
        else:
            # A message that is translated when it is shown is no list, though it can be walked through.
            flat[name] = [str(found)]
    return flat


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """Render a page of the portal."""
    response = make_response(render_template(template, **context))
    response.status_code = status
    return response


def form_page(template: str, errors: FormErrors, **context: Any) -> Response:
    """Render a form again with what was entered and what is wrong with it; nothing is saved, nothing is lost."""
    values = {
        name: request.form.getlist(name) if len(request.form.getlist(name)) > 1 else request.form[name]
        for name in request.form
    }
    return page(template, status=UNPROCESSABLE if errors else 200, errors=errors, values=values, **context)


def is_htmx() -> bool:
    """Return whether only a part of the page was asked for."""
    return request.headers.get("HX-Request") == "true"


def mark_of(*facts: object) -> str:
    """Return a short mark of what a part of a page shows. A part that asks again by itself says it as `shown`."""
    return sha256(repr(facts).encode()).hexdigest()[:12]


def part_again(template: str, mark: str, /, **context: Any) -> Response:
    """Answer a part that asks again by itself; nothing where it shows this already.

    What is not replaced keeps the keyboard's focus, and is not read aloud once more.
    """
    if request.args.get("shown") == mark:
        return Response(status=NO_CONTENT)
    return page(template, **context)


def language() -> str:
    return str(get_locale() or "en")
