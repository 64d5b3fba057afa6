"""Second factors, and what a sign-in was proved with."""

revision = "0018_factors"
down_revision = "0017_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by its room."""


def downgrade() -> None:
    """Filled by its room."""
