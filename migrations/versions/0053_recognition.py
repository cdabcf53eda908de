"""Highlights people show, thanks for them, and goals of units."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

# Both go with the yes to taking part, in the transaction that takes it back.
CONSENT = (["employee_key", "purpose"], ["consent.employee_key", "consent.purpose"])
KINDS = (
    "kind IN ('new_item', 'share_answered', 'mail_paused', 'suggestion_answered', 'review_due', 'account_ending', "
    "'account_ended', 'post_not_made', 'post_unknown', 'chat_broken', 'chat_ended', 'thanked')"
)


def upgrade() -> None:
    op.create_table(
        "highlight",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('suggestion', 'item', 'certificate')", name=op.f("ck_highlight_kind_known")),
        sa.CheckConstraint("purpose = 'take_part'", name=op.f("ck_highlight_one_purpose")),
        sa.ForeignKeyConstraint(*CONSENT, name=op.f("fk_highlight_employee_key_consent"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_highlight")),
        sa.UniqueConstraint(
            "employee_key", "kind", "subject_id", name=op.f("uq_highlight_employee_key_kind_subject_id")
        ),
    )
    op.create_index("ix_highlight_shown_at", "highlight", ["shown_at"], unique=False)
    op.create_table(
        "thanks",
        sa.Column("highlight_id", sa.Uuid(), nullable=False),
        sa.Column("employee_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose = 'take_part'", name=op.f("ck_thanks_one_purpose")),
        sa.ForeignKeyConstraint(*CONSENT, name=op.f("fk_thanks_employee_key_consent"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["highlight_id"], ["highlight.id"], name=op.f("fk_thanks_highlight_id_highlight"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("highlight_id", "employee_key", name=op.f("pk_thanks")),
    )
    op.create_index("ix_thanks_employee_key", "thanks", ["employee_key", "given_at"], unique=False)
    op.create_table(
        "team_goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("target_percent", sa.SmallInteger(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("target_percent BETWEEN 1 AND 100", name=op.f("ck_team_goal_target_is_a_rate")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_team_goal_set_by_account")),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_team_goal_unit_key_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_goal")),
    )
    op.create_index(
        "uq_team_goal_unit_key",
        "team_goal",
        ["unit_key"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"  # a wider one takes its place at once
        "ALTER TABLE notification DROP CONSTRAINT ck_notification_kind_known"
    )
    op.execute(f"ALTER TABLE notification ADD CONSTRAINT ck_notification_kind_known CHECK ({KINDS}) NOT VALID")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE notification VALIDATE CONSTRAINT ck_notification_kind_known"
    )


def downgrade() -> None:
    for table in ("team_goal", "thanks", "highlight"):
        op.drop_table(table)
