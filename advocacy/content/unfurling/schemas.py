"""What the API takes and answers about reading a page."""

from marshmallow import fields

from advocacy.content.models import ItemKind
from advocacy.content.unfurling.models import UnfurlState
from advocacy.foundation.fields import Schema, Text


class UnfurlIn(Schema):
    url = Text(longest=2_000, required=True)


class UnfurlProblemOut(Schema):
    code = fields.String(required=True, metadata={"description": "Stable; programs decide by it."})
    detail = fields.String(required=True)


class JobFoundOut(Schema):
    """One opening, as the JobPosting data of a page tells of it."""

    title = fields.String(required=True)
    summary = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    organisation = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    employment = fields.String(required=True, allow_none=True)
    posted_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)


class FoundOut(Schema):
    """What a page says about itself, as plain text. `url` is where it was found in the end."""

    url = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    site = fields.String(required=True)
    kind = fields.Enum(ItemKind, by_value=True, required=True)
    author = fields.String(required=True, allow_none=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    image_alternative = fields.String(required=True, allow_none=True)
    job = fields.Nested(JobFoundOut, required=True, allow_none=True)


class UnfurlOut(Schema):
    """A page that is read for somebody. `found` is there once `state` is `done`, `problem` once it is `failed`."""

    id = fields.UUID(required=True)
    url = fields.String(required=True)
    state = fields.Enum(UnfurlState, by_value=True, required=True)
    problem = fields.Nested(UnfurlProblemOut, required=True, allow_none=True)
    found = fields.Nested(FoundOut, required=True, allow_none=True)
    image_sha256 = fields.String(required=True, allow_none=True)
    image_url = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
