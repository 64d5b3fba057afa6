"""The learner's record."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0005_records"
down_revision = "0004_annotation"
branch_labels = None
depends_on = None

APPEND_ONLY = ("record",)


def upgrade() -> None:
    op.create_table(
        "record",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("data", JsonColumn, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_record_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
    )
    op.create_index("ix_record_kind_subject", "record", ["kind", "subject"], unique=False)
    op.create_index("ix_record_person_time", "record", ["user_id", "at", "id"], unique=False)
    op.create_index(op.f("ix_record_user_id"), "record", ["user_id"], unique=False)
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_index(op.f("ix_record_user_id"), table_name="record")
    op.drop_index("ix_record_person_time", table_name="record")
    op.drop_index("ix_record_kind_subject", table_name="record")
    op.drop_table("record")
