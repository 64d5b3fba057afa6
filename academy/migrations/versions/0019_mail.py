"""Letters to people."""

revision = "0019_mail"
down_revision = "0018_factors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by its room."""


def downgrade() -> None:
    """Filled by its room."""
