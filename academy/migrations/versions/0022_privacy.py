"""Consents, wishes to be forgotten, retention."""

import sqlalchemy as sa
from alembic import op

from academy.appending import Forgetting
from academy.db import BigKey, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0022_privacy"
down_revision = "0021_limits"
branch_labels = None
depends_on = None

FORGETTING = {
    "answer_event": Forgetting("OLD.received_at"),
    "attempt": Forgetting("OLD.handed_in_at"),
    "attendance_event": Forgetting("OLD.at", texts=("reason",)),
    "audit_event": Forgetting("OLD.at"),
    "award_event": Forgetting(texts=("reason",)),
    "entry": Forgetting("OLD.at"),
    "posting": Forgetting("(SELECT entry.at FROM entry WHERE entry.id = OLD.entry_id)"),
    "record": Forgetting("OLD.at"),
    "result": Forgetting("OLD.marked_at", texts=("reason",)),
    "review_decision": Forgetting("OLD.decided_at", texts=("note",)),
    "submission": Forgetting("OLD.submitted_at"),
}
PURPOSES = (
    "centre sees my work",
    "city report",
    "clients see my indicators",
    "being recommended",
    "news by mail",
    "fourteen or older",
    "guardian agrees",
    "eighteen or older",
    "privacy notice read",
)
STANDING = sa.text("cancelled_at IS NULL AND done_at IS NULL")


def upgrade() -> None:
    op.add_column("user", sa.Column("guardian_wanted_at", UtcDateTime(), nullable=True))
    op.add_column("user", sa.Column("leaving_at", UtcDateTime(), nullable=True))
    _marks()
    _consents()
    _wishes()
    _exports()
    for table, forgetting in FORGETTING.items():
        unprotect(table)
        protect(table, forgetting)


def _marks() -> None:
    op.create_table(
        "retention_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("before", UtcDateTime(), nullable=False),
        sa.CheckConstraint("act IN ('delete', 'blank')", name=op.f("ck_retention_mark_known_act")),
        sa.PrimaryKeyConstraint("name", "act", name=op.f("pk_retention_mark")),
    )


def _consents() -> None:
    enum = {"native_enum": False, "create_constraint": True, "length": 40}
    op.create_table(
        "consent",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("purpose", sa.Enum(*PURPOSES, name="purpose", **enum), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Enum("page", "link", "staff", name="source", **enum), nullable=False),
        sa.Column("by_id", BigKey, nullable=True),
        sa.Column("words_version", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_consent_by_id_user")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_consent_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_newest", "consent", ["user_id", "purpose", "subject", "id"], unique=False)
    protect("consent", Forgetting("OLD.at"))


def _wishes() -> None:
    op.create_table(
        "erasure_wish",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("cancelled_at IS NULL OR done_at IS NULL", name=op.f("ck_erasure_wish_one_ending")),
        sa.CheckConstraint("due_at >= asked_at", name=op.f("ck_erasure_wish_due_later")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_erasure_wish_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_wish")),
    )
    op.create_index(op.f("ix_erasure_wish_user_id"), "erasure_wish", ["user_id"], unique=False)
    op.create_index(
        "uq_erasure_wish_standing", "erasure_wish", ["user_id"], unique=True,
        sqlite_where=STANDING, postgresql_where=STANDING,
    )  # fmt: skip
    op.create_index(
        "ix_erasure_wish_due", "erasure_wish", ["due_at"], unique=False,
        sqlite_where=STANDING, postgresql_where=STANDING,
    )  # fmt: skip


def _exports() -> None:
    op.create_table(
        "data_export",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=True),
        sa.Column("size", BigKey, nullable=True),
        sa.Column("job_id", BigKey, nullable=True),
        sa.CheckConstraint("(ready_at IS NULL) = (size IS NULL)", name=op.f("ck_data_export_ready_with_size")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_data_export_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_export")),
        sa.UniqueConstraint("public_id", name=op.f("uq_data_export_public_id")),
    )
    op.create_index("ix_data_export_asked", "data_export", ["asked_at"], unique=False)
    op.create_index(op.f("ix_data_export_user_id"), "data_export", ["user_id"], unique=False)


def downgrade() -> None:
    for table in FORGETTING:
        unprotect(table)
        protect(table)
    unprotect("consent")
    for table in ("data_export", "erasure_wish", "consent", "retention_mark"):
        op.drop_table(table)
    op.drop_column("user", "leaving_at")
    op.drop_column("user", "guardian_wanted_at")
