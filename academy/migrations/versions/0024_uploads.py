"""Pictures that people bring for a task set, and what the check said of each."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime

revision = "0024_uploads"
down_revision = "0023_federation"
branch_labels = None
depends_on = None

REFUSALS = (
    "empty", "too large", "not a picture", "too many pixels", "too long a side", "damaged", "too slow", "too hungry",
    "not a zip", "too many files", "overlapping", "unpacks too large", "bad name", "same name", "encrypted", "a link",
    "odd compression", "not text", "name in use",
)  # fmt: skip


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("task_set_id", BigKey, nullable=False),
        sa.Column("by_id", BigKey, nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("state", words("upload_state", "checking", "checked", "added", "dropped"), nullable=False),
        sa.Column("sources", JsonColumn, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('added', 'dropped')) = (settled_at IS NOT NULL)", name=op.f("ck_upload_settled_with_time")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_upload_by_id_user")),
        sa.ForeignKeyConstraint(["task_set_id"], ["task_set.id"], name=op.f("fk_upload_task_set_id_task_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("token", name=op.f("uq_upload_token")),
    )
    op.create_index(op.f("ix_upload_by_id"), "upload", ["by_id"], unique=False)
    op.create_index(op.f("ix_upload_task_set_id"), "upload", ["task_set_id"], unique=False)
    op.create_index(
        "ix_upload_unsettled",
        "upload",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "upload_file",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("upload_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("verdict", words("verdict", "good", "known", "refused"), nullable=False),
        sa.Column("refusal", words("refusal", *REFUSALS), nullable=True),
        sa.Column("facts", JsonColumn, nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("width", BigKey, nullable=False),
        sa.Column("height", BigKey, nullable=False),
        sa.CheckConstraint(
            "(verdict = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_upload_file_refused_with_reason")
        ),
        sa.CheckConstraint(
            "verdict <> 'good' OR (width > 0 AND height > 0)", name=op.f("ck_upload_file_good_has_a_size")
        ),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_upload_file_upload_id_upload")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_file")),
        sa.UniqueConstraint("upload_id", "position", name=op.f("uq_upload_file_upload_id_position")),
    )


def downgrade() -> None:
    op.drop_table("upload_file")
    op.drop_index("ix_upload_unsettled", table_name="upload")
    op.drop_index(op.f("ix_upload_task_set_id"), table_name="upload")
    op.drop_index(op.f("ix_upload_by_id"), table_name="upload")
    op.drop_table("upload")
