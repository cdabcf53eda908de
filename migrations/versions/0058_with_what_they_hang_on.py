"""A highlight of a certificate goes with that certificate, and a planned share with the yes to taking part."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

# Shown since before the highlight: the same certificate, and not hidden meanwhile. The others were not meant to stand.
NAME_CERTIFICATES = """
UPDATE highlight SET certificate_code = certificate.code FROM certificate
WHERE highlight.kind = 'certificate' AND certificate.employee_key = highlight.employee_key
AND certificate.shown_since <= highlight.shown_at
"""
TAKE_DOWN = "DELETE FROM highlight WHERE kind = 'certificate' AND certificate_code IS NULL"
OVER = """
DELETE FROM planned_share AS plan
WHERE NOT EXISTS (
    SELECT FROM consent WHERE consent.employee_key = plan.employee_key AND consent.purpose = 'take_part'
)
"""
CONSTRAINTS = (
    (
        "highlight",
        "fk_highlight_certificate_code_certificate",
        "FOREIGN KEY (certificate_code) REFERENCES certificate (code) ON DELETE CASCADE",
    ),
    (
        "highlight",
        "ck_highlight_certificate_has_code",
        "CHECK ((kind = 'certificate') = (certificate_code IS NOT NULL))",
    ),
    (
        "planned_share",
        "fk_planned_share_employee_key_consent",
        "FOREIGN KEY (employee_key, purpose) REFERENCES consent (employee_key, purpose) ON DELETE CASCADE",
    ),
    ("planned_share", "ck_planned_share_one_purpose", "CHECK (purpose = 'take_part')"),
)
# A highlight stands for ninety days at most: indexing so few takes no time worth waiting for.
INDEX = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_highlight_certificate_code ON highlight (certificate_code)
"""
# The one with the consent takes its place: no consent is without its person.
DROP = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE planned_share DROP CONSTRAINT fk_planned_share_employee_key_employee
"""
EMPLOYEE = """
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
ALTER TABLE planned_share ADD CONSTRAINT fk_planned_share_employee_key_employee
FOREIGN KEY (employee_key) REFERENCES employee (key)
"""
# Checked apart from the exclusive lock, in a transaction of its own (autocommit_block), which the linter cannot see.
VALIDATE = """
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE {} VALIDATE CONSTRAINT {}
"""


def upgrade() -> None:
    op.add_column("highlight", sa.Column("certificate_code", sa.Text(), nullable=True))
    op.add_column(
        "planned_share", sa.Column("purpose", sa.Text(), nullable=False, server_default=sa.text("'take_part'"))
    )
    for statement in (NAME_CERTIFICATES, TAKE_DOWN, OVER):
        op.execute(statement)
    for table, name, rule in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule} NOT VALID")
    op.execute(INDEX)
    op.execute(DROP)
    with op.get_context().autocommit_block():
        for table, name, _rule in CONSTRAINTS:
            op.execute(VALIDATE.format(table, name))


def downgrade() -> None:
    op.execute(EMPLOYEE)
    op.drop_column("planned_share", "purpose")
    op.drop_column("highlight", "certificate_code")
