"""Consents, wishes to be forgotten, retention."""

revision = "0022_privacy"
down_revision = "0021_limits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by its room."""


def downgrade() -> None:
    """Filled by its room."""
