"""The shapes of accounts, roles, tokens and sessions in the API."""

from marshmallow import fields, validate

from advocacy.foundation.access import Permission, Role
from advocacy.foundation.fields import Schema, Text
from advocacy.foundation.rest import PageFilter
from advocacy.identity.models import DEFAULT_TOKEN_DAYS, LONGEST_EMAIL, LONGEST_TOKEN_NAME, MOST_TOKEN_DAYS

SCOPES = sorted(permission.value for permission in Permission)
ROLES = sorted(role.value for role in Role)


class GrantOut(Schema):
    """A role, in one unit and everything below it, or everywhere (`unit_id` is null)."""

    role = fields.String(required=True)
    unit_id = fields.UUID(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)
    granted_at = fields.AwareDateTime(required=True)


class OwnAccountOut(Schema):
    """Who is asking, and what they may do with this token."""

    account_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    permissions = fields.List(fields.String(), required=True)


class TokenIn(Schema):
    name = Text(longest=LONGEST_TOKEN_NAME, required=True, metadata={"description": "What it is for."})
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)),
        required=True,
        validate=validate.Length(1, len(SCOPES)),
    )
    days = fields.Integer(strict=True, load_default=DEFAULT_TOKEN_DAYS, validate=validate.Range(1, MOST_TOKEN_DAYS))


class TokenOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    hint = fields.String(required=True, metadata={"description": "Its beginning and end, to recognise it by."})
    scopes = fields.List(fields.String(), required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    last_used_at = fields.AwareDateTime(required=True, allow_none=True)


class NewTokenOut(TokenOut):
    """A token on the day it is made: the only time its text is told."""

    token = fields.String(required=True)


class TokensOut(Schema):
    data = fields.List(fields.Nested(TokenOut), required=True)


class SessionOut(Schema):
    """A browser that is signed in."""

    id = fields.String(required=True)
    agent = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    last_seen_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)


class SessionsOut(Schema):
    data = fields.List(fields.Nested(SessionOut), required=True)


class AccountFilter(PageFilter):
    email = Text(longest=LONGEST_EMAIL, load_default=None, metadata={"description": "Exactly this address."})


class AccountOut(Schema):
    id = fields.UUID(required=True)
    email = fields.String(required=True)
    is_active = fields.Boolean(required=True)
    has_password = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


class RoleIn(Schema):
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    unit_id = fields.UUID(load_default=None, allow_none=True)


class RolesOut(Schema):
    data = fields.List(fields.Nested(GrantOut), required=True)


class InvitationIn(Schema):
    employee_id = fields.UUID(required=True)
    roles = fields.List(
        fields.String(validate=validate.OneOf(ROLES)), load_default=list, validate=validate.Length(max=len(ROLES))
    )


class PasswordIn(Schema):
    old = fields.String(load_default="", load_only=True, validate=validate.Length(max=1_000))
    new = fields.String(required=True, load_only=True, validate=validate.Length(max=1_000))
