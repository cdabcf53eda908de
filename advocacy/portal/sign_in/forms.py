"""The shapes of what visitors type, and the words for what is missing."""

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from advocacy.foundation.fields import Schema
from advocacy.identity.passwords import LONGEST

LONGEST_EMAIL = 254


def _address() -> fields.String:
    missing: Any = _("Enter your e-mail address.")
    too_long: Any = _("An e-mail address is shorter than that.")
    return fields.String(
        required=True, error_messages={"required": missing}, validate=validate.Length(max=LONGEST_EMAIL, error=too_long)
    )


def _password() -> fields.String:
    missing: Any = _("Enter your password.")
    too_long: Any = _("Passwords have at most %(count)s characters.", count=LONGEST)
    return fields.String(
        required=True, error_messages={"required": missing}, validate=validate.Length(max=LONGEST, error=too_long)
    )


class Credentials(Schema):
    email = _address()
    password = _password()


class Address(Schema):
    email = _address()


class NewPassword(Schema):
    password = _password()


class ChangedPassword(Schema):
    """`old` is asked of accounts that have a password."""

    old = fields.String(validate=validate.Length(max=LONGEST))
    password = _password()
