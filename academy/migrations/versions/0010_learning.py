"""Enrolment and progress."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime

revision = "0010_learning"
down_revision = "0009_catalogue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolment",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("course_id", BigKey, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_enrolment_course_id_course")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_enrolment_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("user_id", "course_id", name=op.f("uq_enrolment_user_id_course_id")),
    )
    op.create_index(op.f("ix_enrolment_course_id"), "enrolment", ["course_id"], unique=False)
    op.create_index(op.f("ix_enrolment_user_id"), "enrolment", ["user_id"], unique=False)
    op.create_table(
        "quiz_answer",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("step_id", BigKey, nullable=False),
        sa.Column("question_version_id", BigKey, nullable=False),
        sa.Column("answer", JsonColumn, nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("share >= 0 AND share <= 1", name=op.f("ck_quiz_answer_share_of_one")),
        sa.ForeignKeyConstraint(
            ["question_version_id"],
            ["question_version.id"],
            name=op.f("fk_quiz_answer_question_version_id_question_version"),
        ),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_quiz_answer_step_id_step")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_quiz_answer_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_answer")),
        sa.UniqueConstraint(
            "user_id", "step_id", "question_version_id", name=op.f("uq_quiz_answer_user_id_step_id_question_version_id")
        ),
    )
    op.create_index(op.f("ix_quiz_answer_user_id"), "quiz_answer", ["user_id"], unique=False)
    op.create_table(
        "step_done",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("step_id", BigKey, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_step_done_step_id_step")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_step_done_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_done")),
        sa.UniqueConstraint("user_id", "step_id", name=op.f("uq_step_done_user_id_step_id")),
    )
    op.create_index(op.f("ix_step_done_user_id"), "step_done", ["user_id"], unique=False)
    op.create_table(
        "task_passed",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("task_set_id", BigKey, nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_passed_task_id_task")),
        sa.ForeignKeyConstraint(["task_set_id"], ["task_set.id"], name=op.f("fk_task_passed_task_set_id_task_set")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_task_passed_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_passed")),
        sa.UniqueConstraint("user_id", "task_id", name=op.f("uq_task_passed_user_id_task_id")),
    )
    op.create_index(op.f("ix_task_passed_user_id"), "task_passed", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_task_passed_user_id"), table_name="task_passed")
    op.drop_table("task_passed")
    op.drop_index(op.f("ix_step_done_user_id"), table_name="step_done")
    op.drop_table("step_done")
    op.drop_index(op.f("ix_quiz_answer_user_id"), table_name="quiz_answer")
    op.drop_table("quiz_answer")
    op.drop_index(op.f("ix_enrolment_user_id"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_course_id"), table_name="enrolment")
    op.drop_table("enrolment")
