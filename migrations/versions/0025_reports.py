"""Frozen reports: the numbers of a day, kept for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# For whoever may do everything else: privileges do not bind the owner of a table, a trigger does.
KEPT = """
CREATE FUNCTION report_is_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a frozen report never changes';
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("smallest_group", sa.Integer(), nullable=False),
        sa.Column("computed_with", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by_account_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_report_days_in_order")),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_report_unit_key_org_unit")),
        sa.ForeignKeyConstraint(
            ["frozen_by_account_id"], ["account.id"], name=op.f("fk_report_frozen_by_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_frozen_at", "report", ["frozen_at", "id"], unique=False)
    op.create_table(
        "report_figure",
        sa.Column("report_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        *(
            sa.Column(name, sa.Integer() if name == "version" else sa.Text(), nullable=False)
            for name in (
                "metric",
                "version",
                "definition_hash",
                "name",
                "definition",
                "formula",
                "counted_over",
                "out_of",
                "unit",
                "evidence",
                "interval",
            )
        ),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("is_small_sample", sa.Boolean(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("value_exact", sa.Text(), nullable=True),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.CheckConstraint("(value IS NULL) = (reason IS NOT NULL)", name=op.f("ck_report_figure_value_or_reason")),
        sa.CheckConstraint("(value IS NULL) = (value_exact IS NULL)", name=op.f("ck_report_figure_value_both_ways")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_figure_report_id_report")),
        sa.PrimaryKeyConstraint("report_id", "position", name=op.f("pk_report_figure")),
        sa.UniqueConstraint("report_id", "metric", name=op.f("uq_report_figure_report_id_metric")),
    )
    op.execute(KEPT)
    for table in ("report", "report_figure"):
        op.execute(
            f"CREATE TRIGGER report_is_kept BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION report_is_kept()"
        )
    op.execute("REVOKE UPDATE, DELETE ON report, report_figure FROM advocacy_app")


def downgrade() -> None:
    op.drop_table("report_figure")
    op.drop_table("report")
    op.execute("DROP FUNCTION report_is_kept()")
