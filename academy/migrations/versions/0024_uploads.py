"""What people bring in."""

revision = "0024_uploads"
down_revision = "0023_federation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by its room."""


def downgrade() -> None:
    """Filled by its room."""
