"""Which caption somebody was given goes with their yes to taking part."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

OVER = """
DELETE FROM caption_allotment AS given
WHERE NOT EXISTS (
    SELECT FROM consent WHERE consent.employee_key = given.employee_key AND consent.purpose = 'take_part'
)
"""
FOREIGN_KEY = """
ALTER TABLE caption_allotment ADD CONSTRAINT fk_caption_allotment_employee_key_consent
FOREIGN KEY (employee_key, purpose) REFERENCES consent (employee_key, purpose) ON DELETE CASCADE NOT VALID
"""
ONE_PURPOSE = """
ALTER TABLE caption_allotment ADD CONSTRAINT ck_caption_allotment_one_purpose
CHECK (purpose = 'take_part') NOT VALID
"""
# Checked apart from the exclusive lock, in a transaction of its own (autocommit_block), which the linter cannot see.
VALIDATE = """
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE caption_allotment VALIDATE CONSTRAINT {}
"""


def upgrade() -> None:
    op.add_column(
        "caption_allotment", sa.Column("purpose", sa.Text(), nullable=False, server_default=sa.text("'take_part'"))
    )
    op.execute(OVER)
    op.execute(FOREIGN_KEY)
    op.execute(ONE_PURPOSE)
    with op.get_context().autocommit_block():
        op.execute(VALIDATE.format("fk_caption_allotment_employee_key_consent"))
        op.execute(VALIDATE.format("ck_caption_allotment_one_purpose"))


def downgrade() -> None:
    op.drop_column("caption_allotment", "purpose")
