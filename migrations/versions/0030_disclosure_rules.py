"""Dated rules about saying where one works, and the dated words for it. An own wording moves here from the settings."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# The one wording there could be so far held for every language. It goes on holding, from today.
MOVE_WORDING = """
INSERT INTO disclosure_wording (id, says, language, text, valid_from, created_at, created_by)
SELECT gen_random_uuid(), 'employer', NULL, value #>> '{}', current_date, now(), account.id
FROM setting LEFT JOIN account ON account.id = setting.changed_by
WHERE name = 'disclosure_line'
"""

PRIVILEGES = (
    # What held is on record: only its last day may be written.
    "REVOKE UPDATE, DELETE ON disclosure_rule, disclosure_wording FROM advocacy_app",
    "GRANT UPDATE (valid_until) ON disclosure_rule, disclosure_wording TO advocacy_app",
)


def upgrade() -> None:
    op.create_table(
        "disclosure_rule",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("network", sa.SmallInteger(), nullable=True),
        sa.Column("relationship", sa.Text(), nullable=True),
        sa.Column("incentive", sa.Text(), nullable=True),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "requirement IN ('required', 'own_choice', 'not_needed')",
            name=op.f("ck_disclosure_rule_requirement_known"),
        ),
        sa.CheckConstraint(
            "relationship IN ('employer', 'product')", name=op.f("ck_disclosure_rule_relationship_known")
        ),
        sa.CheckConstraint("incentive IN ('none', 'prize')", name=op.f("ck_disclosure_rule_incentive_known")),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_disclosure_rule_country_code")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_disclosure_rule_days_in_order")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_disclosure_rule_created_by_account")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_disclosure_rule")),
        sa.UniqueConstraint("id", name=op.f("uq_disclosure_rule_id")),
        sa.UniqueConstraint("number", name=op.f("uq_disclosure_rule_number")),
    )
    op.create_table(
        "disclosure_wording",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.CheckConstraint("says IN ('employer', 'prize')", name=op.f("ck_disclosure_wording_says_known")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_disclosure_wording_days_in_order")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_disclosure_wording_created_by_account")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_disclosure_wording")),
        sa.UniqueConstraint("id", name=op.f("uq_disclosure_wording_id")),
    )
    op.execute(
        "ALTER TABLE disclosure_rule ADD CONSTRAINT ex_disclosure_rule_once EXCLUDE USING gist ("
        "(coalesce(country, '')) WITH =, (coalesce(network, 0::smallint)) WITH =, (coalesce(relationship, '')) WITH =, "
        "(coalesce(incentive, '')) WITH =, (daterange(valid_from, valid_until)) WITH &&)"
    )
    op.execute(
        "ALTER TABLE disclosure_wording ADD CONSTRAINT ex_disclosure_wording_once EXCLUDE USING gist ("
        "says WITH =, (coalesce(language, '')) WITH =, (daterange(valid_from, valid_until)) WITH &&)"
    )
    op.execute(MOVE_WORDING)
    op.execute("DELETE FROM setting WHERE name = 'disclosure_line'")
    for statement in PRIVILEGES:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("disclosure_wording")
    op.drop_table("disclosure_rule")
