"""Sign-in by other houses."""

revision = "0023_federation"
down_revision = "0022_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by its room."""


def downgrade() -> None:
    """Filled by its room."""
