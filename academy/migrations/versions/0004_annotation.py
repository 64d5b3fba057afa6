"""Pictures, labels, guidelines, tasks and gold."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0004_annotation"
down_revision = "0003_questions"
branch_labels = None
depends_on = None

APPEND_ONLY = ("gold",)


def upgrade() -> None:
    op.create_table(
        "guideline",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("version", BigKey, nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guideline")),
        sa.UniqueConstraint("slug", "version", name=op.f("uq_guideline_slug_version")),
    )
    op.create_table(
        "label_set",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_set")),
        sa.UniqueConstraint("slug", name=op.f("uq_label_set_slug")),
    )
    op.create_table(
        "media",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("width", BigKey, nullable=False),
        sa.Column("height", BigKey, nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("alt", JsonColumn, nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_media_has_a_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint(
            "content_hash",
            "public",
            "licence",
            "attribution",
            name=op.f("uq_media_content_hash_public_licence_attribution"),
        ),
        sa.UniqueConstraint("token", name=op.f("uq_media_token")),
    )
    op.create_index(op.f("ix_media_content_hash"), "media", ["content_hash"], unique=False)
    op.create_table(
        "guideline_rule",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("guideline_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("text", JsonColumn, nullable=False),
        sa.Column("good", JsonColumn, nullable=False),
        sa.Column("bad", JsonColumn, nullable=False),
        sa.ForeignKeyConstraint(
            ["guideline_id"], ["guideline.id"], name=op.f("fk_guideline_rule_guideline_id_guideline")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guideline_rule")),
        sa.UniqueConstraint("guideline_id", "number", name=op.f("uq_guideline_rule_guideline_id_number")),
    )
    op.create_table(
        "label",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("label_set_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["label_set_id"], ["label_set.id"], name=op.f("fk_label_label_set_id_label_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("label_set_id", "name", name=op.f("uq_label_label_set_id_name")),
        sa.UniqueConstraint("label_set_id", "position", name=op.f("uq_label_label_set_id_position")),
    )
    op.create_table(
        "task_set",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("practice", "exam", "work", name="purpose", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("label_set_id", BigKey, nullable=False),
        sa.Column("guideline_id", BigKey, nullable=False),
        sa.Column("rubric", JsonColumn, nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["guideline_id"], ["guideline.id"], name=op.f("fk_task_set_guideline_id_guideline")),
        sa.ForeignKeyConstraint(["label_set_id"], ["label_set.id"], name=op.f("fk_task_set_label_set_id_label_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_set")),
        sa.UniqueConstraint("slug", name=op.f("uq_task_set_slug")),
    )
    op.create_table(
        "task",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("task_set_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("media_id", BigKey, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_task_media_id_media")),
        sa.ForeignKeyConstraint(["task_set_id"], ["task_set.id"], name=op.f("fk_task_task_set_id_task_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("task_set_id", "position", name=op.f("uq_task_task_set_id_position")),
    )
    op.create_index(op.f("ix_task_media_id"), "task", ["media_id"], unique=False)
    op.create_index("ix_task_source", "task", ["task_set_id", "source"], unique=False)
    op.create_table(
        "gold",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("version", BigKey, nullable=False),
        sa.Column("document", JsonColumn, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_gold_counts_from_one")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_gold_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gold")),
        sa.UniqueConstraint("task_id", "version", name=op.f("uq_gold_task_id_version")),
    )
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_table("gold")
    op.drop_index("ix_task_source", table_name="task")
    op.drop_index(op.f("ix_task_media_id"), table_name="task")
    op.drop_table("task")
    op.drop_table("task_set")
    op.drop_table("label")
    op.drop_table("guideline_rule")
    op.drop_index(op.f("ix_media_content_hash"), table_name="media")
    op.drop_table("media")
    op.drop_table("label_set")
    op.drop_table("guideline")
