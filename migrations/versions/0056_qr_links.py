"""Links in codes to scan: one for each item and author, and one of the organisation's."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "qr_link",
        sa.Column("link_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_key", sa.Integer(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_key"], ["link.key"], name=op.f("fk_qr_link_link_key_link")),
        sa.ForeignKeyConstraint(["item_key"], ["content_item.key"], name=op.f("fk_qr_link_item_key_content_item")),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_qr_link_employee_key_employee")),
        sa.PrimaryKeyConstraint("link_key", name=op.f("pk_qr_link")),
    )
    op.create_index(
        "uq_qr_link_own",
        "qr_link",
        ["employee_key", "item_key"],
        unique=True,
        postgresql_where=sa.text("employee_key IS NOT NULL"),
    )
    op.create_index(
        "uq_qr_link_of_item", "qr_link", ["item_key"], unique=True, postgresql_where=sa.text("employee_key IS NULL")
    )


def downgrade() -> None:
    op.drop_table("qr_link")
