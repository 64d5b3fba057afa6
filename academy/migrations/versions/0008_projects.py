"""Paid work."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0008_projects"
down_revision = "0007_credentials"
branch_labels = None
depends_on = None

APPEND_ONLY = ("review_decision", "submission")


def upgrade() -> None:
    op.create_table(
        "project",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("client_id", BigKey, nullable=False),
        sa.Column("task_set_id", BigKey, nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("summary", JsonColumn, nullable=False),
        sa.Column("price", BigKey, nullable=False),
        sa.Column("lease_minutes", BigKey, nullable=False),
        sa.Column("seconds_per_unit", BigKey, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "paused",
                "closed",
                name="project_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(state = 'draft') = (started_at IS NULL)", name=op.f("ck_project_started_when_open")),
        sa.CheckConstraint("lease_minutes > 0", name=op.f("ck_project_lease_lasts")),
        sa.CheckConstraint("price > 0", name=op.f("ck_project_pays")),
        sa.CheckConstraint("seconds_per_unit > 0", name=op.f("ck_project_has_a_pace")),
        sa.ForeignKeyConstraint(["client_id"], ["user.id"], name=op.f("fk_project_client_id_user")),
        sa.ForeignKeyConstraint(["task_set_id"], ["task_set.id"], name=op.f("fk_project_task_set_id_task_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("slug", name=op.f("uq_project_slug")),
    )
    op.create_index(op.f("ix_project_client_id"), "project", ["client_id"], unique=False)
    op.create_index(op.f("ix_project_state"), "project", ["state"], unique=False)
    op.create_index(op.f("ix_project_task_set_id"), "project", ["task_set_id"], unique=False)
    op.create_table(
        "project_requirement",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("project_id", BigKey, nullable=False),
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("level", BigKey, nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("earn_path", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "substr(earn_path, 1, 1) = '/' AND substr(earn_path, 2, 1) <> '/'",
            name=op.f("ck_project_requirement_earned_here"),
        ),
        sa.CheckConstraint("level > 0", name=op.f("ck_project_requirement_asks_for_something")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_requirement_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_requirement")),
        sa.UniqueConstraint("project_id", "badge", name=op.f("uq_project_requirement_project_id_badge")),
    )
    op.create_table(
        "project_tally",
        sa.Column("project_id", BigKey, nullable=False),
        sa.Column("units", BigKey, nullable=False),
        sa.Column("in_review", BigKey, nullable=False),
        sa.Column("returned", BigKey, nullable=False),
        sa.Column("accepted", BigKey, nullable=False),
        sa.CheckConstraint("in_review + returned + accepted <= units", name=op.f("ck_project_tally_within_units")),
        sa.CheckConstraint(
            "in_review >= 0 AND returned >= 0 AND accepted >= 0", name=op.f("ck_project_tally_counts_up")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_tally_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_tally")),
    )
    op.create_table(
        "unit",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("project_id", BigKey, nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "leased",
                "submitted",
                "returned",
                "accepted",
                name="unit_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("labeler_id", BigKey, nullable=True),
        sa.CheckConstraint(
            "(labeler_id IS NULL) = (state IN ('waiting', 'leased'))",
            name=op.f("ck_unit_labeler_of_what_was_handed_in"),
        ),
        sa.ForeignKeyConstraint(["labeler_id"], ["user.id"], name=op.f("fk_unit_labeler_id_user")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_unit_project_id_project")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_unit_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("project_id", "task_id", name=op.f("uq_unit_project_id_task_id")),
    )
    op.create_index("ix_unit_claim", "unit", ["project_id", "state", "position"], unique=False)
    op.create_index("ix_unit_labeler", "unit", ["labeler_id", "state", "id"], unique=False)
    op.create_index("ix_unit_labeler_time", "unit", ["labeler_id", "since", "id"], unique=False)
    op.create_index(op.f("ix_unit_task_id"), "unit", ["task_id"], unique=False)
    op.create_index(
        "ix_unit_unfixed",
        "unit",
        ["since"],
        unique=False,
        sqlite_where=sa.text("state = 'returned'"),
        postgresql_where=sa.text("state = 'returned'"),
    )
    op.create_table(
        "lease",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("project_id", BigKey, nullable=False),
        sa.Column("unit_id", BigKey, nullable=False),
        sa.Column("labeler_id", BigKey, nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column(
            "ending",
            sa.Enum(
                "submitted",
                "skipped",
                "expired",
                name="lease_ending",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name=op.f("ck_lease_ended_somehow")),
        sa.CheckConstraint("expires_at > taken_at", name=op.f("ck_lease_lasts")),
        sa.ForeignKeyConstraint(["labeler_id"], ["user.id"], name=op.f("fk_lease_labeler_id_user")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_lease_project_id_project")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_lease_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease")),
    )
    op.create_index(
        "ix_lease_expiring",
        "lease",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_lease_labeler_holds",
        "lease",
        ["project_id", "labeler_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_lease_of_labeler", "lease", ["labeler_id", "id"], unique=False)
    op.create_index("ix_lease_of_unit", "lease", ["unit_id", "labeler_id"], unique=False)
    op.create_index(
        "ix_lease_unit_held",
        "lease",
        ["unit_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "submission",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("unit_id", BigKey, nullable=False),
        sa.Column("labeler_id", BigKey, nullable=False),
        sa.Column("number", BigKey, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("document", JsonColumn, nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_submission_numbered_from_one")),
        sa.ForeignKeyConstraint(["labeler_id"], ["user.id"], name=op.f("fk_submission_labeler_id_user")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_submission_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("labeler_id", "key", name=op.f("uq_submission_labeler_id_key")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_submission_unit_id_number")),
    )
    op.create_index(op.f("ix_submission_labeler_id"), "submission", ["labeler_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("submission_id", BigKey, nullable=False),
        sa.Column("project_id", BigKey, nullable=False),
        sa.Column("labeler_id", BigKey, nullable=False),
        sa.Column("reviewer_id", BigKey, nullable=True),
        sa.Column("reserved_until", UtcDateTime(), nullable=True),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["labeler_id"], ["user.id"], name=op.f("fk_review_labeler_id_user")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_review_project_id_project")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["user.id"], name=op.f("fk_review_reviewer_id_user")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_review_submission_id_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_review_submission_id")),
    )
    op.create_index(op.f("ix_review_labeler_id"), "review", ["labeler_id"], unique=False)
    op.create_index(op.f("ix_review_project_id"), "review", ["project_id"], unique=False)
    op.create_index(
        "ix_review_queue",
        "review",
        ["requested_at", "id"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_index(op.f("ix_review_reviewer_id"), "review", ["reviewer_id"], unique=False)
    op.create_table(
        "review_decision",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("review_id", BigKey, nullable=False),
        sa.Column("unit_id", BigKey, nullable=False),
        sa.Column("submission_id", BigKey, nullable=False),
        sa.Column("labeler_id", BigKey, nullable=False),
        sa.Column("reviewer_id", BigKey, nullable=True),
        sa.Column(
            "verdict",
            sa.Enum("accepted", "returned", name="verdict", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "missed",
                "extra",
                "wrong_label",
                "loose",
                "guideline",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("rule_number", sa.Text(), nullable=True),
        sa.Column("pins", JsonColumn, nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(verdict = 'returned') = (reason IS NOT NULL)", name=op.f("ck_review_decision_returned_with_reason")
        ),
        sa.CheckConstraint(
            "reviewer_id IS NOT NULL OR verdict = 'accepted'", name=op.f("ck_review_decision_returned_by_somebody")
        ),
        sa.CheckConstraint(
            "reviewer_id IS NULL OR reviewer_id <> labeler_id", name=op.f("ck_review_decision_never_own_work")
        ),
        sa.ForeignKeyConstraint(["labeler_id"], ["user.id"], name=op.f("fk_review_decision_labeler_id_user")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_decision_review_id_review")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["user.id"], name=op.f("fk_review_decision_reviewer_id_user")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_review_decision_submission_id_submission")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_review_decision_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_decision")),
        sa.UniqueConstraint("review_id", name=op.f("uq_review_decision_review_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_review_decision_submission_id")),
    )
    op.create_index(op.f("ix_review_decision_labeler_id"), "review_decision", ["labeler_id"], unique=False)
    op.create_index(
        "ix_review_decision_paid",
        "review_decision",
        ["unit_id"],
        unique=True,
        sqlite_where=sa.text("verdict = 'accepted'"),
        postgresql_where=sa.text("verdict = 'accepted'"),
    )
    op.create_index(op.f("ix_review_decision_reviewer_id"), "review_decision", ["reviewer_id"], unique=False)
    op.create_index("ix_review_decision_seen", "review_decision", ["unit_id", "reviewer_id"], unique=False)
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_index("ix_review_decision_seen", table_name="review_decision")
    op.drop_index(op.f("ix_review_decision_reviewer_id"), table_name="review_decision")
    op.drop_index(
        "ix_review_decision_paid",
        table_name="review_decision",
        sqlite_where=sa.text("verdict = 'accepted'"),
        postgresql_where=sa.text("verdict = 'accepted'"),
    )
    op.drop_index(op.f("ix_review_decision_labeler_id"), table_name="review_decision")
    op.drop_table("review_decision")
    op.drop_index(op.f("ix_review_reviewer_id"), table_name="review")
    op.drop_index(
        "ix_review_queue",
        table_name="review",
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.drop_index(op.f("ix_review_project_id"), table_name="review")
    op.drop_index(op.f("ix_review_labeler_id"), table_name="review")
    op.drop_table("review")
    op.drop_index(op.f("ix_submission_labeler_id"), table_name="submission")
    op.drop_table("submission")
    op.drop_index(
        "ix_lease_unit_held",
        table_name="lease",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_lease_of_unit", table_name="lease")
    op.drop_index("ix_lease_of_labeler", table_name="lease")
    op.drop_index(
        "ix_lease_labeler_holds",
        table_name="lease",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        "ix_lease_expiring",
        table_name="lease",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("lease")
    op.drop_index(
        "ix_unit_unfixed",
        table_name="unit",
        sqlite_where=sa.text("state = 'returned'"),
        postgresql_where=sa.text("state = 'returned'"),
    )
    op.drop_index(op.f("ix_unit_task_id"), table_name="unit")
    op.drop_index("ix_unit_labeler_time", table_name="unit")
    op.drop_index("ix_unit_labeler", table_name="unit")
    op.drop_index("ix_unit_claim", table_name="unit")
    op.drop_table("unit")
    op.drop_table("project_tally")
    op.drop_table("project_requirement")
    op.drop_index(op.f("ix_project_task_set_id"), table_name="project")
    op.drop_index(op.f("ix_project_state"), table_name="project")
    op.drop_index(op.f("ix_project_client_id"), table_name="project")
    op.drop_table("project")
