"""Badges."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0007_credentials"
down_revision = "0006_ledger"
branch_labels = None
depends_on = None

APPEND_ONLY = ("award_event",)


def upgrade() -> None:
    op.create_table(
        "achievement",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("description", JsonColumn, nullable=False),
        sa.Column("criteria", JsonColumn, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("exam", "course", name="achievement_kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("level", BigKey, nullable=False),
        sa.Column("valid_days", BigKey, nullable=True),
        sa.CheckConstraint("level >= 1", name=op.f("ck_achievement_level_from_one")),
        sa.CheckConstraint("valid_days IS NULL OR valid_days > 0", name=op.f("ck_achievement_some_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement")),
        sa.UniqueConstraint("slug", name=op.f("uq_achievement_slug")),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("name", name=op.f("uq_signing_key_name")),
        sa.UniqueConstraint("public", name=op.f("uq_signing_key_public")),
    )
    op.create_table(
        "status_list",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("number", BigKey, nullable=False),
        sa.Column("credential", JsonColumn, nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(credential IS NULL) = (signed_at IS NULL)", name=op.f("ck_status_list_signed_with_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_list")),
        sa.UniqueConstraint("number", name=op.f("uq_status_list_number")),
    )
    op.create_table(
        "award",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("achievement_id", BigKey, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("results", JsonColumn, nullable=False),
        sa.Column("status_list_id", BigKey, nullable=False),
        sa.Column("status_index", BigKey, nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("show_name", sa.Boolean(), nullable=False),
        sa.Column("credential", JsonColumn, nullable=True),
        sa.CheckConstraint("status_index >= 0", name=op.f("ck_award_place_in_list")),
        sa.CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_award_some_time")),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name=op.f("fk_award_achievement_id_achievement")
        ),
        sa.ForeignKeyConstraint(
            ["status_list_id"], ["status_list.id"], name=op.f("fk_award_status_list_id_status_list")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_award_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award")),
        sa.UniqueConstraint("cause", name=op.f("uq_award_cause")),
        sa.UniqueConstraint("public_id", name=op.f("uq_award_public_id")),
        sa.UniqueConstraint("status_list_id", "status_index", name=op.f("uq_award_status_list_id_status_index")),
        sa.UniqueConstraint("subject", name=op.f("uq_award_subject")),
    )
    op.create_index(op.f("ix_award_achievement_id"), "award", ["achievement_id"], unique=False)
    op.create_index("ix_award_newest", "award", ["valid_from", "id"], unique=False)
    op.create_index(op.f("ix_award_user_id"), "award", ["user_id"], unique=False)
    op.create_table(
        "award_event",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("award_id", BigKey, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "issued", "signed", "revoked", name="event_kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("by_id", BigKey, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'revoked' OR (by_id IS NOT NULL AND reason <> '')", name=op.f("ck_award_event_revoked_by_someone")
        ),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_award_event_award_id_award")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_award_event_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_event")),
        sa.UniqueConstraint("award_id", "kind", name=op.f("uq_award_event_award_id_kind")),
    )
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_table("award_event")
    op.drop_index(op.f("ix_award_user_id"), table_name="award")
    op.drop_index("ix_award_newest", table_name="award")
    op.drop_index(op.f("ix_award_achievement_id"), table_name="award")
    op.drop_table("award")
    op.drop_table("status_list")
    op.drop_table("signing_key")
    op.drop_table("achievement")
