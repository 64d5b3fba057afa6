"""Decisions that need two people."""

revision = "0020_approvals"
down_revision = "0019_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by its room."""


def downgrade() -> None:
    """Filled by its room."""
