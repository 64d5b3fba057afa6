"""Decisions that need two people; and the list of acts, searched by day."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime

revision = "0020_approvals"
down_revision = "0019_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("about_id", BigKey, nullable=True),
        sa.Column("detail", JsonColumn, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", BigKey, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "approved",
                "refused",
                "withdrawn",
                "expired",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("decided_by", BigKey, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decision IS NULL OR decision NOT IN ('approved', 'refused') OR "
            "(decided_by IS NOT NULL AND decided_by <> asked_by)",
            name=op.f("ck_approval_decided_by_another"),
        ),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_approval_decided_with_time")),
        sa.CheckConstraint("expires_at > asked_at", name=op.f("ck_approval_open_for_a_while")),
        sa.ForeignKeyConstraint(["about_id"], ["user.id"], name=op.f("fk_approval_about_id_user")),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name=op.f("fk_approval_asked_by_user")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_approval_decided_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_about_id"), "approval", ["about_id"], unique=False)
    op.create_index(op.f("ix_approval_asked_by"), "approval", ["asked_by"], unique=False)
    op.create_index(op.f("ix_approval_decided_by"), "approval", ["decided_by"], unique=False)
    op.create_index("ix_approval_newest", "approval", ["asked_at", "id"], unique=False)
    op.create_index(
        "uq_approval_open",
        "approval",
        ["kind", "subject"],
        unique=True,
        sqlite_where=sa.text("decision IS NULL"),
        postgresql_where=sa.text("decision IS NULL"),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_audit_event_at", table_name="audit_event")
    op.drop_index("uq_approval_open", table_name="approval")
    op.drop_index("ix_approval_newest", table_name="approval")
    op.drop_index(op.f("ix_approval_decided_by"), table_name="approval")
    op.drop_index(op.f("ix_approval_asked_by"), table_name="approval")
    op.drop_index(op.f("ix_approval_about_id"), table_name="approval")
    op.drop_table("approval")
