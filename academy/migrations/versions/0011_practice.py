"""Practice against gold."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0011_practice"
down_revision = "0010_learning"
branch_labels = None
depends_on = None

APPEND_ONLY = ("attempt",)


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("gold_id", BigKey, nullable=False),
        sa.Column("learner_id", BigKey, nullable=False),
        sa.Column("number", BigKey, nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("document", JsonColumn, nullable=False),
        sa.Column("report", JsonColumn, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("handed_in_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_attempt_counts_from_one")),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_attempt_score_is_a_share")),
        sa.ForeignKeyConstraint(["gold_id"], ["gold.id"], name=op.f("fk_attempt_gold_id_gold")),
        sa.ForeignKeyConstraint(["learner_id"], ["user.id"], name=op.f("fk_attempt_learner_id_user")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_attempt_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("learner_id", "idempotency_key", name=op.f("uq_attempt_learner_id_idempotency_key")),
        sa.UniqueConstraint("task_id", "learner_id", "number", name=op.f("uq_attempt_task_id_learner_id_number")),
    )
    op.create_index(op.f("ix_attempt_learner_id"), "attempt", ["learner_id"], unique=False)
    op.create_table(
        "trial",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("gold_id", BigKey, nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("document", JsonColumn, nullable=False),
        sa.Column("report", JsonColumn, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("handed_in_at", UtcDateTime(), nullable=False),
        sa.Column("attempt_id", BigKey, nullable=True),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_trial_score_is_a_share")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_trial_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["gold_id"], ["gold.id"], name=op.f("fk_trial_gold_id_gold")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_trial_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_trial_idempotency_key")),
        sa.UniqueConstraint("token", name=op.f("uq_trial_token")),
    )
    op.create_index("ix_trial_handed_in_at", "trial", ["handed_in_at"], unique=False)
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_index("ix_trial_handed_in_at", table_name="trial")
    op.drop_table("trial")
    op.drop_index(op.f("ix_attempt_learner_id"), table_name="attempt")
    op.drop_table("attempt")
