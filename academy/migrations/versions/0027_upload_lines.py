"""Lines of uploads are found by their task."""

from alembic import op

revision = "0027_upload_lines"
down_revision = "0026_quality"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_upload_file_task_id", "upload_file", ["task_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_upload_file_task_id", table_name="upload_file")
