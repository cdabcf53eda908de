"""What comes from outside, in its shape: the base schema and the text field everybody uses."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import RAISE, ValidationError, fields, pre_load, validate
from marshmallow import Schema as MarshmallowSchema

from advocacy.foundation.errors import FieldProblem

LINE_BREAKS = frozenset("\n\r\t")


def unfit_character(text: str, *, newlines: bool = True) -> str | None:
    """Return the first character no stored text may hold (NUL, controls, lone surrogates), or None."""
    for character in text:
        # Cc: controls, Cs: half a surrogate pair. Neither can be stored or shown.
        if unicodedata.category(character) in {"Cc", "Cs"} and not (newlines and character in LINE_BREAKS):
            return character
    return None


def _unfit(character: str) -> str:
    return _("It contains a character that cannot be stored: U+%(code)s.", code=f"{ord(character):04X}")


def utc_text(instant: datetime) -> str:
    """Return an instant as every answer tells it: in UTC, with a Z (RFC 3339)."""
    return instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


# The library's own sentences are English and a machine's; people read these on pages too.
_NO_TEXT: Any = lazy_gettext("Enter a text.")
_NO_DAY: Any = lazy_gettext("Enter a day such as 2026-11-22.")

_TOLD_IN_UTC = {**fields.DateTime.SERIALIZATION_FUNCS, "iso": utc_text}


class Schema(MarshmallowSchema):
    """The base of every schema: what is not asked for is refused, so that a typing error is not silently lost.

    Instants are answered in UTC, and what is no day is told in the reader's language.
    """

    class Meta:  # noqa: D106
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Let fields of instants write them our way, and fields of days say what they take; what is read stays."""
        if isinstance(field_obj, fields.DateTime):
            field_obj.SERIALIZATION_FUNCS = _TOLD_IN_UTC
        if isinstance(field_obj, fields.Date):
            field_obj.error_messages = {**field_obj.error_messages, "required": _NO_DAY, "invalid": _NO_DAY}

    @pre_load
    def refuse_unfit_text(self, data: Any, **_options: Any) -> Any:
        """Refuse NUL and half characters in any string, whatever the field's type: the database would choke on them."""
        if isinstance(data, Mapping):
            problems = {
                str(name): [_unfit(character)]
                for name, value in data.items()
                for character in [_first_unfit(value) or unfit_character(str(name))]
                if character is not None
            }
            if problems:
                raise ValidationError(problems)
        return data

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **_options: Any) -> None:
        """Name what is wrong inside a mapping by its key alone, so that the pointer leads there."""
        told: Any = error.messages
        for messages in told.values() if many else (told,):
            for name, field in self.load_fields.items():
                at = field.data_key if field.data_key is not None else name
                if (
                    isinstance(field, fields.Mapping)
                    and isinstance(messages, dict)
                    and isinstance(messages.get(at), dict)
                ):
                    messages[at] = {key: _without_sides(parts) for key, parts in messages[at].items()}


def _without_sides(parts: Mapping[str, Any]) -> Any:
    """Return what was said of an entry of a mapping, of its key and of its value alike."""
    of_key, of_value = parts.get("key", []), parts.get("value", [])
    if isinstance(of_value, Mapping):
        return {**of_value, "_schema": [*of_value.get("_schema", []), *of_key]} if of_key else of_value
    return [*of_key, *of_value]


def _first_unfit(value: Any) -> str | None:
    if isinstance(value, str):
        return unfit_character(value)
    if isinstance(value, Mapping):
        return next(filter(None, (_first_unfit(part) for pair in value.items() for part in pair)), None)
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return next(filter(None, map(_first_unfit, value)), None)
    return None


class Text(fields.String):
    """A text people typed: kept exactly as it is, or refused. `longest` counts characters.

    Refuses NUL, other controls and half characters; line breaks and tabs need `newlines=True`. A text of nothing
    but blanks counts as missing unless `blank=True`.
    """

    def __init__(self, *, longest: int, newlines: bool = False, blank: bool = False, **options: Any) -> None:
        too_long: Any = lazy_gettext("Enter at most %(maximum)s characters.", maximum=longest)
        limits = [validate.Length(max=longest, error=too_long), *_as_list(options.pop("validate", None))]
        said = {"required": _NO_TEXT, **options.pop("error_messages", {})}
        super().__init__(validate=limits, error_messages=said, **options)
        self.newlines = newlines
        self.blank = blank

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        character = unfit_character(text, newlines=self.newlines)
        if character is not None:
            raise ValidationError(_unfit(character))
        if not self.blank and not text.strip():
            raise ValidationError(_("Enter a text."))
        return text


def pointer_part(name: object) -> str:
    """Return a name as one part of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


def field_problems(messages: Mapping[str, Any]) -> tuple[FieldProblem, ...]:
    """Return what failed schemas said, by location (`json`, `query` ...), as one flat list with JSON pointers."""
    found: list[FieldProblem] = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, Mapping):
            for name, below in node.items():
                walk(below, path if name == "_schema" else f"{path}/{pointer_part(name)}")
        elif isinstance(node, list | tuple):
            found.extend(FieldProblem(path, "invalid", str(message)) for message in node)
        else:
            found.append(FieldProblem(path, "invalid", str(node)))

    for location, below in messages.items():
        walk(below, "" if location in {"json", "form", "query", "files"} else f"/{location}")
    return tuple(found)


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
