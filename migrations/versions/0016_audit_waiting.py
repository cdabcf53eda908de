"""What waits for the chainer of the audit trail, so that it need not look through everything that was ever audited."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# By a trigger, so that no event comes in beside the chain, whoever writes it.
WAIT = """
CREATE FUNCTION audit_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_waiting (event_key) VALUES (NEW.key);
    RETURN NULL;
END
$$
"""
WAITING_NOW = """
INSERT INTO audit_waiting (event_key)
SELECT event.key FROM audit_event AS event
WHERE NOT EXISTS (SELECT 1 FROM audit_link AS link WHERE link.event_key = event.key)
"""


def upgrade() -> None:
    op.create_table(
        "audit_waiting",
        sa.Column("event_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("event_key", name=op.f("pk_audit_waiting")),
    )
    op.execute("REVOKE UPDATE ON audit_waiting FROM advocacy_app")
    op.execute(WAIT)
    op.execute(
        "CREATE TRIGGER audit_event_waits AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_event_waits()"
    )
    op.execute(WAITING_NOW)


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_event_waits ON audit_event")
    op.execute("DROP FUNCTION audit_event_waits()")
    op.drop_table("audit_waiting")
