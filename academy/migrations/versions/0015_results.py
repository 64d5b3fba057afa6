"""Results."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0015_results"
down_revision = "0014_sittings"
branch_labels = None
depends_on = None

APPEND_ONLY = ("result",)


def upgrade() -> None:
    op.create_table(
        "result",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("sitting_id", BigKey, nullable=False),
        sa.Column("version", BigKey, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("pass_mark", BigKey, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("marks", JsonColumn, nullable=False),
        sa.Column("domains", JsonColumn, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("marked_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("passed = (score >= pass_mark)", name=op.f("ck_result_passed_by_score")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_result_score")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_result_version")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_result_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint("sitting_id", "version", name=op.f("uq_result_sitting_id_version")),
    )
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_table("result")
