"""What the notifications API takes and answers."""

from marshmallow import fields, validate

from advocacy.foundation.fields import Schema, Text
from advocacy.foundation.rest import PageFilter
from advocacy.notifications.choices import MOST_A_DAY_ALLOWED, MOST_A_WEEK_ALLOWED, offered_pairs
from advocacy.notifications.models import Kind
from advocacy.notifications.wording import told

MOST_MARKED = 1_000
HOUR = validate.Range(0, 23)
WEEKDAY = validate.Range(1, 7)
LONGEST_ZONE = 64


class NotificationFilter(PageFilter):
    """Which of one's notifications are wanted."""

    unread = fields.Boolean(load_default=False, metadata={"description": "Only those not read yet."})


class NotificationOut(Schema):
    """One line of one's list, in the words of one's language."""

    id = fields.UUID(required=True)
    kind = fields.Enum(Kind, by_value=True, required=True)
    title = fields.Function(lambda row: told(row).title, metadata={"type": "string"})
    text = fields.Function(lambda row: told(row).text, metadata={"type": "string"})
    path = fields.Function(
        lambda row: told(row).path, metadata={"type": "string", "description": "Where it leads, on the portal."}
    )
    subject_id = fields.UUID(required=True, allow_none=True, metadata={"description": "What it is about."})
    created_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)


class MarkReadIn(Schema):
    """Which notifications were read; all of them when none are named."""

    ids = fields.List(fields.UUID(), load_default=None, allow_none=True, validate=validate.Length(max=MOST_MARKED))


class UnreadOut(Schema):
    """How many of one's notifications are not read. Counted up to 100."""

    unread = fields.Integer(required=True)


class PrivateFeedOut(Schema):
    """What is known of one's secret address. The secret itself is answered once, when it is made."""

    hint = fields.String(required=True, metadata={"description": "How the secret ends."})
    created_at = fields.AwareDateTime(required=True)


class NewPrivateFeedOut(Schema):
    """A new secret address, shown this once."""

    rss_url = fields.String(required=True)
    calendar_url = fields.String(required=True)


class BrowserIn(Schema):
    """A browser's subscription, as its push manager gives it."""

    class KeysIn(Schema):
        """The browser's public key, and the secret it shares with us."""

        p256dh = Text(longest=200, required=True)
        auth = Text(longest=100, required=True)

    endpoint = Text(longest=2_000, required=True)
    keys = fields.Nested(KeysIn, required=True)
    expirationTime = fields.Raw(load_default=None, allow_none=True)  # noqa: N815 - browsers write it so


class BrowserOut(Schema):
    """A browser of one's own that takes pushes."""

    id = fields.UUID(required=True)
    device = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class BrowsersOut(Schema):
    """One's browsers, and the key a new one needs to subscribe."""

    public_key = fields.String(required=True)
    data = fields.List(fields.Nested(BrowserOut), required=True)


class ChoicesIn(Schema):
    """How one wants to be told. Hours and days are on one's own clock."""

    off = fields.List(
        fields.String(validate=validate.OneOf(offered_pairs())),
        required=True,
        metadata={"description": "`channel:subject` pairs that are off."},
    )
    time_zone = Text(longest=LONGEST_ZONE, load_default=None, allow_none=True)
    digest_days = fields.List(
        fields.Integer(strict=True, validate=WEEKDAY),
        required=True,
        metadata={"description": "ISO weekdays, 1 is Monday."},
    )
    digest_hour = fields.Integer(strict=True, required=True, validate=HOUR)
    quiet_from = fields.Integer(strict=True, load_default=None, allow_none=True, validate=HOUR)
    quiet_until = fields.Integer(strict=True, load_default=None, allow_none=True, validate=HOUR)
    most_a_day = fields.Integer(strict=True, required=True, validate=validate.Range(1, MOST_A_DAY_ALLOWED))
    most_a_week = fields.Integer(strict=True, required=True, validate=validate.Range(1, MOST_A_WEEK_ALLOWED))


class ChoicesOut(Schema):
    """How one wants to be told, and whether anything stands in the way."""

    off = fields.List(fields.String(), attribute="muted", required=True)
    time_zone = fields.String(required=True, allow_none=True)
    digest_days = fields.List(fields.Integer(), required=True)
    digest_hour = fields.Integer(required=True)
    quiet_from = fields.Integer(required=True, allow_none=True)
    quiet_until = fields.Integer(required=True, allow_none=True)
    most_a_day = fields.Integer(required=True)
    most_a_week = fields.Integer(required=True)
    everything_off_at = fields.AwareDateTime(required=True, allow_none=True)
    mail_paused_at = fields.AwareDateTime(required=True, allow_none=True)
    mail_pause_reason = fields.String(required=True, allow_none=True)
