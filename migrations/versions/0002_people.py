"""Employees, the dated unit tree, audiences, consent, networks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audience",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("unit_keys", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("topic_keys", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audience")),
        sa.UniqueConstraint("id", name=op.f("uq_audience_id")),
    )
    op.create_table(
        "employee",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("hired_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("onboarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "left_on IS NULL OR hired_on IS NULL OR left_on >= hired_on", name=op.f("ck_employee_dates_in_order")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_employee")),
        sa.UniqueConstraint("external_id", name=op.f("uq_employee_external_id")),
        sa.UniqueConstraint("id", name=op.f("uq_employee_id")),
    )
    op.create_index("uq_employee_email", "employee", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "org_unit",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_org_unit")),
        sa.UniqueConstraint("external_id", name=op.f("uq_org_unit_external_id")),
        sa.UniqueConstraint("id", name=op.f("uq_org_unit_id")),
    )
    op.create_table(
        "policy_version",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("number", name=op.f("uq_policy_version_number")),
    )
    op.create_table(
        "topic",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_topic")),
        sa.UniqueConstraint("id", name=op.f("uq_topic_id")),
        sa.UniqueConstraint("name", name=op.f("uq_topic_name")),
    )
    op.create_table(
        "unit_ancestry",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("ancestor_key", sa.Integer(), nullable=False),
        sa.Column("valid_during", postgresql.DATERANGE(), nullable=False),
        sa.Column("depth", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "ancestor_key", "valid_during", name=op.f("pk_unit_ancestry")),
    )
    op.create_index("ix_unit_ancestry_ancestor_key", "unit_ancestry", ["ancestor_key"], unique=False)
    op.create_table(
        "consent",
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('take_part', 'network_size', 'leaderboard', 'network_overlap', 'target_accounts', 'connected_account')",
            name=op.f("ck_consent_purpose_known"),
        ),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_consent_employee_key_employee")),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_consent_policy_version_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("employee_key", "purpose", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_purpose", "consent", ["purpose", "employee_key"], unique=False)
    op.create_table(
        "consent_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=False),
        sa.Column("policy_version_id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('take_part', 'network_size', 'leaderboard', 'network_overlap', 'target_accounts', 'connected_account')",
            name=op.f("ck_consent_event_purpose_known"),
        ),
        sa.ForeignKeyConstraint(
            ["employee_key"], ["employee.key"], name=op.f("fk_consent_event_employee_key_employee")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_consent_event_policy_version_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    op.create_index("ix_consent_event_employee_key", "consent_event", ["employee_key"], unique=False)
    op.create_table(
        "headcount_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("opted_in", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_headcount_day_unit_key_org_unit")),
        sa.PrimaryKeyConstraint("day", "unit_key", name=op.f("pk_headcount_day")),
    )
    op.create_table(
        "network_profile",
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("audience_size", sa.Integer(), nullable=True),
        sa.Column("is_floor", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.CheckConstraint("source IN ('own_entry', 'export', 'api')", name=op.f("ck_network_profile_source_known")),
        sa.CheckConstraint("audience_size >= 0", name=op.f("ck_network_profile_size_not_negative")),
        sa.ForeignKeyConstraint(
            ["employee_key"], ["employee.key"], name=op.f("fk_network_profile_employee_key_employee")
        ),
        sa.PrimaryKeyConstraint("employee_key", "network", "observed_on", name=op.f("pk_network_profile")),
    )
    op.create_table(
        "policy_acknowledgement",
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("policy_version_id", sa.UUID(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_key"], ["employee.key"], name=op.f("fk_policy_acknowledgement_employee_key_employee")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["policy_version.id"],
            name=op.f("fk_policy_acknowledgement_policy_version_id_policy_version"),
        ),
        sa.PrimaryKeyConstraint("employee_key", "policy_version_id", name=op.f("pk_policy_acknowledgement")),
    )
    op.create_table(
        "topic_follow",
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("topic_key", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_topic_follow_employee_key_employee")),
        sa.ForeignKeyConstraint(["topic_key"], ["topic.key"], name=op.f("fk_topic_follow_topic_key_topic")),
        sa.PrimaryKeyConstraint("employee_key", "topic_key", name=op.f("pk_topic_follow")),
    )
    op.create_table(
        "unit_membership",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("valid_during", postgresql.DATERANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("employee_key"), "="),
            (sa.column("valid_during"), "&&"),
            using="gist",
            name="ex_unit_membership_once",
        ),
        sa.ForeignKeyConstraint(
            ["employee_key"], ["employee.key"], name=op.f("fk_unit_membership_employee_key_employee")
        ),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_unit_membership_unit_key_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_membership")),
    )
    op.create_index("ix_unit_membership_unit_key", "unit_membership", ["unit_key"], unique=False)
    op.create_table(
        "unit_placement",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("parent_key", sa.Integer(), nullable=True),
        sa.Column("valid_during", postgresql.DATERANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("unit_key"), "="), (sa.column("valid_during"), "&&"), using="gist", name="ex_unit_placement_once"
        ),
        sa.CheckConstraint("unit_key <> parent_key", name=op.f("ck_unit_placement_not_own_parent")),
        sa.ForeignKeyConstraint(["parent_key"], ["org_unit.key"], name=op.f("fk_unit_placement_parent_key_org_unit")),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_unit_placement_unit_key_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_placement")),
    )
    op.create_index(op.f("ix_unit_placement_parent_key"), "unit_placement", ["parent_key"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_unit_placement_parent_key"), table_name="unit_placement")
    op.drop_table("unit_placement")
    op.drop_index("ix_unit_membership_unit_key", table_name="unit_membership")
    op.drop_table("unit_membership")
    op.drop_table("topic_follow")
    op.drop_table("policy_acknowledgement")
    op.drop_table("network_profile")
    op.drop_table("headcount_day")
    op.drop_index("ix_consent_event_employee_key", table_name="consent_event")
    op.drop_table("consent_event")
    op.drop_index("ix_consent_purpose", table_name="consent")
    op.drop_table("consent")
    op.drop_index("ix_unit_ancestry_ancestor_key", table_name="unit_ancestry")
    op.drop_table("unit_ancestry")
    op.drop_table("topic")
    op.drop_table("policy_version")
    op.drop_table("org_unit")
    op.drop_index("uq_employee_email", table_name="employee")
    op.drop_table("employee")
    op.drop_table("audience")
