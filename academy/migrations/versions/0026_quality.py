"""What the gold of a set looks like as a whole, measured in the background and kept."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime

revision = "0026_quality"
down_revision = "0025_gold_from_everywhere"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quality_report",
        sa.Column("task_set_id", BigKey, nullable=False),
        sa.Column("measured_at", UtcDateTime(), nullable=False),
        sa.Column("last_gold_id", BigKey, nullable=False),
        sa.Column("content", JsonColumn, nullable=False),
        sa.ForeignKeyConstraint(["task_set_id"], ["task_set.id"], name=op.f("fk_quality_report_task_set_id_task_set")),
        sa.PrimaryKeyConstraint("task_set_id", name=op.f("pk_quality_report")),
    )


def downgrade() -> None:
    op.drop_table("quality_report")
