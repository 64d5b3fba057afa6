"""Counting tries and uses."""

revision = "0021_limits"
down_revision = "0020_approvals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by its room."""


def downgrade() -> None:
    """Filled by its room."""
