"""Knowledge questions and their versions."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0003_questions"
down_revision = "0002_jobs"
branch_labels = None
depends_on = None

APPEND_ONLY = ("question_version",)


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("slug", name=op.f("uq_question_slug")),
    )
    op.create_table(
        "question_version",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("question_id", BigKey, nullable=False),
        sa.Column("number", BigKey, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "single",
                "multiple",
                "ordering",
                "matching",
                "numeric",
                "short_text",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("prompt", JsonColumn, nullable=False),
        sa.Column("options", JsonColumn, nullable=False),
        sa.Column("key", JsonColumn, nullable=False),
        sa.Column("explanation", JsonColumn, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_version_question_id_question")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_version")),
        sa.UniqueConstraint("question_id", "number", name=op.f("uq_question_version_question_id_number")),
    )
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_table("question_version")
    op.drop_table("question")
