"""One table that counts tries and uses, in place of three and of a tally in memory. Nothing needs to be carried over:
no count lives longer than a quarter of an hour."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0021_limits"
down_revision = "0020_approvals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limit_use",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("uses", BigKey, nullable=False),
        sa.CheckConstraint("uses > 0", name=op.f("ck_limit_use_was_used")),
        sa.PrimaryKeyConstraint("key", "ends_at", name=op.f("pk_limit_use")),
    )
    op.create_index("ix_limit_use_ends_at", "limit_use", ["ends_at"], unique=False)
    op.create_index(
        "ix_limit_use_family",
        "limit_use",
        ["family", "ends_at"],
        unique=False,
        sqlite_where=sa.text("family != ''"),
        postgresql_where=sa.text("family != ''"),
    )
    for table in ("sign_in_attempt", "check_in_guess", "code_guess"):
        unprotect(table)
    op.drop_index("ix_check_in_guess_seat", table_name="check_in_guess")
    op.drop_table("check_in_guess")
    op.drop_index("ix_code_guess_network", table_name="code_guess")
    op.drop_table("code_guess")
    op.drop_index("ix_sign_in_attempt_name", table_name="sign_in_attempt")
    op.drop_index("ix_sign_in_attempt_network", table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")


def downgrade() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("name_hash", sa.Text(), nullable=False),
        sa.Column("network_hash", sa.Text(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_name", "sign_in_attempt", ["name_hash", "at"], unique=False)
    op.create_index("ix_sign_in_attempt_network", "sign_in_attempt", ["network_hash", "at"], unique=False)
    op.create_table(
        "code_guess",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("network_hash", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_guess")),
    )
    op.create_index("ix_code_guess_network", "code_guess", ["network_hash", "at"], unique=False)
    op.create_table(
        "check_in_guess",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("seat_id", BigKey, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_check_in_guess_seat_id_seat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_guess")),
    )
    op.create_index("ix_check_in_guess_seat", "check_in_guess", ["seat_id", "at"], unique=False)
    for table in ("sign_in_attempt", "check_in_guess", "code_guess"):
        protect(table)
    op.drop_index("ix_limit_use_family", table_name="limit_use")
    op.drop_index("ix_limit_use_ends_at", table_name="limit_use")
    op.drop_table("limit_use")
