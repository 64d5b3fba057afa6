"""Courses and lessons."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime

revision = "0009_catalogue"
down_revision = "0008_projects"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "course",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("summary", JsonColumn, nullable=False),
        sa.Column("level", JsonColumn, nullable=False),
        sa.Column("goals", JsonColumn, nullable=False),
        sa.Column("next_steps", JsonColumn, nullable=False),
        sa.Column("cover", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("slug", name=op.f("uq_course_slug")),
    )
    op.create_index(op.f("ix_course_published_at"), "course", ["published_at"], unique=False)
    op.create_table(
        "lesson",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("course_id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("summary", JsonColumn, nullable=False),
        sa.Column("minutes", BigKey, nullable=False),
        sa.Column("body", JsonColumn, nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_lesson_takes_time")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_lesson_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
        sa.UniqueConstraint("course_id", "position", name=op.f("uq_lesson_course_id_position")),
        sa.UniqueConstraint("course_id", "slug", name=op.f("uq_lesson_course_id_slug")),
    )
    op.create_table(
        "step",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("lesson_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("text", "quiz", "practice", name="step_kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("task_set_id", BigKey, nullable=True),
        sa.Column("needed", BigKey, nullable=False),
        sa.CheckConstraint("(kind = 'practice') = (task_set_id IS NOT NULL)", name=op.f("ck_step_practice_has_tasks")),
        sa.CheckConstraint("needed > 0", name=op.f("ck_step_needs_something")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_step_lesson_id_lesson")),
        sa.ForeignKeyConstraint(["task_set_id"], ["task_set.id"], name=op.f("fk_step_task_set_id_task_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
        sa.UniqueConstraint("lesson_id", "position", name=op.f("uq_step_lesson_id_position")),
    )
    op.create_index(op.f("ix_step_task_set_id"), "step", ["task_set_id"], unique=False)
    op.create_table(
        "step_question",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("step_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("question_version_id", BigKey, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_version_id"],
            ["question_version.id"],
            name=op.f("fk_step_question_question_version_id_question_version"),
        ),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_step_question_step_id_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_question")),
        sa.UniqueConstraint("step_id", "position", name=op.f("uq_step_question_step_id_position")),
        sa.UniqueConstraint(
            "step_id", "question_version_id", name=op.f("uq_step_question_step_id_question_version_id")
        ),
    )
    op.create_index(
        op.f("ix_step_question_question_version_id"), "step_question", ["question_version_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_step_question_question_version_id"), table_name="step_question")
    op.drop_table("step_question")
    op.drop_index(op.f("ix_step_task_set_id"), table_name="step")
    op.drop_table("step")
    op.drop_table("lesson")
    op.drop_index(op.f("ix_course_published_at"), table_name="course")
    op.drop_table("course")
