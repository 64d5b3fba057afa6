"""Papers and saved answers."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0014_sittings"
down_revision = "0013_bank"
branch_labels = None
depends_on = None

APPEND_ONLY = ("answer_event",)


def upgrade() -> None:
    op.create_table(
        "sitting",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("exam_id", BigKey, nullable=False),
        sa.Column("candidate_id", BigKey, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("deadline_at", UtcDateTime(), nullable=False),
        sa.Column("handed_in_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column(
            "closed_reason",
            sa.Enum(
                "handed_in", "time_over", name="closed_reason", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("device", sa.Text(), nullable=True),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_reason IS NULL)", name=op.f("ck_sitting_closed_with_reason")),
        sa.CheckConstraint("deadline_at > started_at", name=op.f("ck_sitting_deadline_after_start")),
        sa.CheckConstraint(
            "handed_in_at IS NULL OR closed_at IS NOT NULL", name=op.f("ck_sitting_handed_in_is_closed")
        ),
        sa.ForeignKeyConstraint(["candidate_id"], ["user.id"], name=op.f("fk_sitting_candidate_id_user")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_sitting_exam_id_exam")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sitting_public_id")),
    )
    op.create_index(op.f("ix_sitting_candidate_id"), "sitting", ["candidate_id"], unique=False)
    op.create_index("ix_sitting_closed_at", "sitting", ["closed_at"], unique=False)
    op.create_index(
        "ix_sitting_due",
        "sitting",
        ["deadline_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "uq_sitting_running",
        "sitting",
        ["exam_id", "candidate_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "paper_item",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("sitting_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("exam_item_id", BigKey, nullable=False),
        sa.Column("question_version_id", BigKey, nullable=True),
        sa.Column("gold_id", BigKey, nullable=True),
        sa.Column("option_order", JsonColumn, nullable=False),
        sa.CheckConstraint(
            "(question_version_id IS NULL) <> (gold_id IS NULL)", name=op.f("ck_paper_item_question_or_practical")
        ),
        sa.ForeignKeyConstraint(["exam_item_id"], ["exam_item.id"], name=op.f("fk_paper_item_exam_item_id_exam_item")),
        sa.ForeignKeyConstraint(["gold_id"], ["gold.id"], name=op.f("fk_paper_item_gold_id_gold")),
        sa.ForeignKeyConstraint(
            ["question_version_id"],
            ["question_version.id"],
            name=op.f("fk_paper_item_question_version_id_question_version"),
        ),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_paper_item_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_item")),
        sa.UniqueConstraint("sitting_id", "position", name=op.f("uq_paper_item_sitting_id_position")),
    )
    op.create_table(
        "answer",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("paper_item_id", BigKey, nullable=False),
        sa.Column("rev", BigKey, nullable=False),
        sa.Column("answer", JsonColumn, nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("rev >= 1", name=op.f("ck_answer_rev")),
        sa.ForeignKeyConstraint(["paper_item_id"], ["paper_item.id"], name=op.f("fk_answer_paper_item_id_paper_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("paper_item_id", name=op.f("uq_answer_paper_item_id")),
    )
    op.create_table(
        "answer_event",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("sitting_id", BigKey, nullable=False),
        sa.Column("paper_item_id", BigKey, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("seq", BigKey, nullable=False),
        sa.Column("base_rev", BigKey, nullable=False),
        sa.Column("answer", JsonColumn, nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("saved", "conflict", "late", name="outcome", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("rev", BigKey, nullable=False),
        sa.Column("stored", JsonColumn, nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'conflict') OR (stored IS NULL)", name=op.f("ck_answer_event_stored_only_in_conflict")
        ),
        sa.ForeignKeyConstraint(
            ["paper_item_id"], ["paper_item.id"], name=op.f("fk_answer_event_paper_item_id_paper_item")
        ),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_answer_event_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_event")),
        sa.UniqueConstraint("sitting_id", "client_id", "seq", name=op.f("uq_answer_event_sitting_id_client_id_seq")),
    )
    op.create_index(op.f("ix_answer_event_paper_item_id"), "answer_event", ["paper_item_id"], unique=False)
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_index(op.f("ix_answer_event_paper_item_id"), table_name="answer_event")
    op.drop_table("answer_event")
    op.drop_table("answer")
    op.drop_table("paper_item")
    op.drop_index(
        "uq_sitting_running",
        table_name="sitting",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index(
        "ix_sitting_due",
        table_name="sitting",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_sitting_closed_at", table_name="sitting")
    op.drop_index(op.f("ix_sitting_candidate_id"), table_name="sitting")
    op.drop_table("sitting")
