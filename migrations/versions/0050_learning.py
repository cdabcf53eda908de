"""Lessons in versions and languages, who passed which, and certificates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

# Both go with the yes to taking part, in the transaction that takes it back.
CONSENT = (["employee_key", "purpose"], ["consent.employee_key", "consent.purpose"])


def upgrade() -> None:
    op.create_table(
        "lesson",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("default_name", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("asked_again_on", sa.Date(), nullable=True),
        sa.Column("current_version_id", sa.Uuid(), nullable=True),
        sa.Column("live_version_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "subject IN ('voice', 'disclosure', 'policy', 'critics', 'other')", name=op.f("ck_lesson_subject_known")
        ),
        sa.CheckConstraint("state IN ('draft', 'live', 'withdrawn')", name=op.f("ck_lesson_state_known")),
        sa.CheckConstraint("(state = 'draft') = (live_version_id IS NULL)", name=op.f("ck_lesson_shown_has_version")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_lesson_created_by_account")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_lesson")),
        sa.UniqueConstraint("id", name=op.f("uq_lesson_id")),
        sa.UniqueConstraint("default_name", name=op.f("uq_lesson_default_name")),
    )
    op.create_index(
        "ix_lesson_withdrawn_at",
        "lesson",
        ["withdrawn_at"],
        unique=False,
        postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
    )
    op.create_table(
        "lesson_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lesson_key", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_lesson_version_created_by_account")),
        sa.ForeignKeyConstraint(["lesson_key"], ["lesson.key"], name=op.f("fk_lesson_version_lesson_key_lesson")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_version")),
    )
    op.create_index("uq_lesson_version_lesson_key", "lesson_version", ["lesson_key", "number"], unique=True)
    op.create_table(
        "lesson_text",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("steps", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("questions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["lesson_version.id"], name=op.f("fk_lesson_text_version_id_lesson_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "language", name=op.f("pk_lesson_text")),
    )
    op.create_table(
        "lesson_pass",
        sa.Column("employee_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lesson_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose = 'take_part'", name=op.f("ck_lesson_pass_one_purpose")),
        sa.ForeignKeyConstraint(*CONSENT, name=op.f("fk_lesson_pass_employee_key_consent"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["lesson_key"], ["lesson.key"], name=op.f("fk_lesson_pass_lesson_key_lesson")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["lesson_version.id"], name=op.f("fk_lesson_pass_version_id_lesson_version")
        ),
        sa.PrimaryKeyConstraint("employee_key", "lesson_key", name=op.f("pk_lesson_pass")),
    )
    op.create_index("ix_lesson_pass_lesson_key", "lesson_pass", ["lesson_key"], unique=False)
    op.create_table(
        "certificate",
        sa.Column("employee_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("purpose = 'take_part'", name=op.f("ck_certificate_one_purpose")),
        sa.ForeignKeyConstraint(*CONSENT, name=op.f("fk_certificate_employee_key_consent"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("employee_key", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
    )


def downgrade() -> None:
    for table in ("certificate", "lesson_pass", "lesson_text", "lesson_version", "lesson"):
        op.drop_table(table)
