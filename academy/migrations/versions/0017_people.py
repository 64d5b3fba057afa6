"""Roles with a scope, verified addresses, links for one use."""

revision = "0017_people"
down_revision = "0016_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by its room."""


def downgrade() -> None:
    """Filled by its room."""
