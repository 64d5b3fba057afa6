"""Exams and what is asked in them."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime

revision = "0013_bank"
down_revision = "0012_cohorts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exam",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("summary", JsonColumn, nullable=False),
        sa.Column("duration_minutes", BigKey, nullable=False),
        sa.Column("pass_mark", BigKey, nullable=False),
        sa.Column("achievement_slug", sa.Text(), nullable=False),
        sa.Column("mock", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("duration_minutes BETWEEN 1 AND 600", name=op.f("ck_exam_duration")),
        sa.CheckConstraint("pass_mark BETWEEN 1 AND 100", name=op.f("ck_exam_pass_mark")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam")),
        sa.UniqueConstraint("slug", name=op.f("uq_exam_slug")),
    )
    op.create_table(
        "exam_item",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("exam_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("question_version_id", BigKey, nullable=True),
        sa.Column("gold_id", BigKey, nullable=True),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("domain_title", JsonColumn, nullable=False),
        sa.Column("points", BigKey, nullable=False),
        sa.Column(
            "level", sa.Enum("exam", name="level", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.CheckConstraint(
            "(question_version_id IS NULL) <> (gold_id IS NULL)", name=op.f("ck_exam_item_question_or_practical")
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_exam_item_points")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_exam_item_exam_id_exam")),
        sa.ForeignKeyConstraint(["gold_id"], ["gold.id"], name=op.f("fk_exam_item_gold_id_gold")),
        sa.ForeignKeyConstraint(
            ["question_version_id"],
            ["question_version.id"],
            name=op.f("fk_exam_item_question_version_id_question_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_item")),
        sa.UniqueConstraint("exam_id", "position", name=op.f("uq_exam_item_exam_id_position")),
    )


def downgrade() -> None:
    op.drop_table("exam_item")
    op.drop_table("exam")
