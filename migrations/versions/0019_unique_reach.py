"""Sealed sketches of networks, the unions of units, and what is published of them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# By a trigger, so that whatever deletes a sketch (a withdrawn consent does, by the foreign key) marks its unit.
TOUCH = """
CREATE FUNCTION network_sketch_touches() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO reach_touch (employee_key, network, unit_key, is_added)
        VALUES (OLD.employee_key, OLD.network, OLD.unit_key, false);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.unit_key IS DISTINCT FROM OLD.unit_key) THEN
        INSERT INTO reach_touch (employee_key, network, unit_key, is_added)
        VALUES (NEW.employee_key, NEW.network, NEW.unit_key, true);
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    consent = ["consent.employee_key", "consent.purpose"]
    op.create_table(
        "network_sketch",
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=True),
        sa.Column("profiles", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("purpose = 'network_overlap'", name=op.f("ck_network_sketch_one_purpose")),
        sa.CheckConstraint("profiles > 0", name=op.f("ck_network_sketch_some_profiles")),
        sa.ForeignKeyConstraint(
            ["employee_key", "purpose"],
            consent,
            name=op.f("fk_network_sketch_employee_key_consent"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("employee_key", "network", name=op.f("pk_network_sketch")),
    )
    op.create_index("ix_network_sketch_unit_key", "network_sketch", ["unit_key"], unique=False)
    op.create_index("ix_network_sketch_uploaded_at", "network_sketch", ["uploaded_at"], unique=False)
    op.create_table(
        "network_upload",
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("profiles", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("purpose = 'network_overlap'", name=op.f("ck_network_upload_one_purpose")),
        sa.ForeignKeyConstraint(
            ["employee_key", "purpose"],
            consent,
            name=op.f("fk_network_upload_employee_key_consent"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("employee_key", "network", name=op.f("pk_network_upload")),
        sa.UniqueConstraint("id", name=op.f("uq_network_upload_id")),
    )
    op.create_table(
        "reach_touch",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=True),
        sa.Column("is_added", sa.Boolean(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reach_touch")),
    )
    op.create_table(
        "reach_union",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("own_contributors", sa.Integer(), nullable=False),
        sa.Column("own_gross", sa.BigInteger(), nullable=False),
        sa.Column("own_largest", sa.Integer(), nullable=False),
        sa.Column("own_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("contributors", sa.Integer(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("largest", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed", sa.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("unit_key", "network", name=op.f("pk_reach_union")),
    )
    op.create_table(
        "reach_published",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("contributors", sa.Integer(), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=True)
            for name in (
                "unique_people",
                "unique_low",
                "unique_high",
                "gross",
                "everyone",
                "everyone_low",
                "everyone_high",
                "addressable",
            )
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "network", "day", name=op.f("pk_reach_published")),
    )
    op.create_index("ix_reach_published_day", "reach_published", ["day"], unique=False)
    op.execute(TOUCH)
    op.execute(
        "CREATE TRIGGER network_sketch_touches AFTER INSERT OR DELETE OR UPDATE OF sealed, unit_key ON network_sketch "
        "FOR EACH ROW EXECUTE FUNCTION network_sketch_touches()"
    )


def downgrade() -> None:
    op.drop_table("reach_published")
    op.drop_table("reach_union")
    op.drop_table("network_upload")
    op.drop_table("network_sketch")
    op.execute("DROP FUNCTION network_sketch_touches()")
    op.drop_table("reach_touch")
