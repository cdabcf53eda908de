"""Openings and application events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ats_connection",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secrets_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ats_connection")),
        sa.UniqueConstraint("name", name=op.f("uq_ats_connection_name")),
    )
    op.create_table(
        "inbound_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_event")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_inbound_event_source_external_id")),
    )
    op.create_index("ix_inbound_event_received_at", "inbound_event", ["received_at"], unique=False)
    op.create_table(
        "opening",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("family", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("unit_key", sa.Integer(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_opening_unit_key_org_unit")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_opening")),
        sa.UniqueConstraint("id", name=op.f("uq_opening_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_opening_reference")),
    )
    op.create_index(op.f("ix_opening_unit_key"), "opening", ["unit_key"], unique=False)
    op.create_table(
        "application_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("application_token", sa.LargeBinary(), nullable=False),
        sa.Column("opening_key", sa.Integer(), nullable=False),
        sa.Column("link_key", sa.Integer(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inbound_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "stage IN ('applied', 'interview', 'offer', 'hired', 'declined', 'unhired')",
            name=op.f("ck_application_event_stage_known"),
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound_event.id"], name=op.f("fk_application_event_inbound_id_inbound_event")
        ),
        sa.ForeignKeyConstraint(["link_key"], ["link.key"], name=op.f("fk_application_event_link_key_link")),
        sa.ForeignKeyConstraint(
            ["opening_key"], ["opening.key"], name=op.f("fk_application_event_opening_key_opening")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_event")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_application_event_source_external_id")),
    )
    op.create_index(
        "ix_application_event_application", "application_event", ["source", "application_token"], unique=False
    )
    op.create_index(op.f("ix_application_event_link_key"), "application_event", ["link_key"], unique=False)
    op.create_index("ix_application_event_occurred_at", "application_event", ["occurred_at"], unique=False)
    op.create_index(op.f("ix_application_event_opening_key"), "application_event", ["opening_key"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_application_event_opening_key"), table_name="application_event")
    op.drop_index("ix_application_event_occurred_at", table_name="application_event")
    op.drop_index(op.f("ix_application_event_link_key"), table_name="application_event")
    op.drop_index("ix_application_event_application", table_name="application_event")
    op.drop_table("application_event")
    op.drop_index(op.f("ix_opening_unit_key"), table_name="opening")
    op.drop_table("opening")
    op.drop_index("ix_inbound_event_received_at", table_name="inbound_event")
    op.drop_table("inbound_event")
    op.drop_table("ats_connection")
