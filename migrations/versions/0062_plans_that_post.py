"""A planned share may be posted at its moment: exactly the text that was seen, beside that version, by that account."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

BEFORE = (
    "'new_item', 'share_answered', 'mail_paused', 'suggestion_answered', 'review_due', "
    "'account_ending', 'account_ended', 'post_not_made', 'post_unknown', 'chat_broken', 'chat_ended', 'thanked', "
    "'mend_proposed', 'post_to_mend', 'share_planned', 'texts_in_evidence'"
)
# A wider rule takes the place of a narrower one. What the last release writes fits both.
DROP = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE notification DROP CONSTRAINT ck_notification_kind_known
"""
CONSTRAINTS = (
    (
        "fk_planned_share_posted_version_id_content_version",
        "FOREIGN KEY (posted_version_id) REFERENCES content_version (id)",
    ),
    (
        "ck_planned_share_posts_what_was_seen",
        "CHECK ((posted_text IS NULL) = (posted_version_id IS NULL) AND (posted_text IS NULL) = (posted_as IS NULL))",
    ),
)
# Checked apart from the exclusive lock, in a transaction of its own (autocommit_block), which the linter cannot see.
VALIDATE = """
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE {} VALIDATE CONSTRAINT {}
"""
# Open plans are few: indexing them takes no time worth waiting for.
INDEX = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_planned_share_posted_version_id ON planned_share (posted_version_id)
"""


def _allow(kinds: str) -> None:
    op.execute(DROP)
    op.execute(
        f"ALTER TABLE notification ADD CONSTRAINT ck_notification_kind_known CHECK (kind IN ({kinds})) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute(VALIDATE.format("notification", "ck_notification_kind_known"))


def upgrade() -> None:
    op.add_column("planned_share", sa.Column("posted_text", sa.Text(), nullable=True))
    op.add_column("planned_share", sa.Column("posted_version_id", sa.Uuid(), nullable=True))
    op.add_column("planned_share", sa.Column("posted_as", sa.Text(), nullable=True))
    op.add_column(
        "planned_share", sa.Column("may_be_out", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    for name, rule in CONSTRAINTS:
        op.execute(f"ALTER TABLE planned_share ADD CONSTRAINT {name} {rule} NOT VALID")
    op.execute(INDEX)
    _allow(f"{BEFORE}, 'post_made'")
    with op.get_context().autocommit_block():
        for name, _rule in CONSTRAINTS:
            op.execute(VALIDATE.format("planned_share", name))


def downgrade() -> None:
    op.execute("DELETE FROM notification WHERE kind = 'post_made'")
    _allow(BEFORE)
    op.drop_column("planned_share", "posted_version_id")
    op.drop_column("planned_share", "posted_text")
    op.drop_column("planned_share", "posted_as")
    op.drop_column("planned_share", "may_be_out")
