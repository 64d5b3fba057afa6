"""Money."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0006_ledger"
down_revision = "0005_records"
branch_labels = None
depends_on = None

APPEND_ONLY = ("entry", "posting")


def upgrade() -> None:
    op.create_table(
        "entry",
        sa.Column("id", BigKey, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "deposit",
                "hold",
                "release",
                "acceptance",
                "payout",
                "stipend",
                "fee",
                "refund",
                "correction",
                name="entry_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("about", JsonColumn, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("cause", name=op.f("uq_entry_cause")),
    )
    op.create_index(op.f("ix_entry_subject"), "entry", ["subject"], unique=False)
    op.create_table(
        "ledger_account",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "house",
                "client",
                "hold",
                "due",
                "paid",
                name="account_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("may_owe", sa.Boolean(), nullable=False),
        sa.Column("balance", BigKey, nullable=False),
        sa.CheckConstraint("balance >= 0 OR may_owe", name=op.f("ck_ledger_account_not_overdrawn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("name", name=op.f("uq_ledger_account_name")),
    )
    op.create_table(
        "posting",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("entry_id", BigKey, nullable=False),
        sa.Column("source_id", BigKey, nullable=False),
        sa.Column("target_id", BigKey, nullable=False),
        sa.Column("amount", BigKey, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_posting_moves_something")),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_posting_two_accounts")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_posting_entry_id_entry")),
        sa.ForeignKeyConstraint(["source_id"], ["ledger_account.id"], name=op.f("fk_posting_source_id_ledger_account")),
        sa.ForeignKeyConstraint(["target_id"], ["ledger_account.id"], name=op.f("fk_posting_target_id_ledger_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("entry_id", "source_id", "target_id", name=op.f("uq_posting_entry_id_source_id_target_id")),
    )
    op.create_index("ix_posting_source", "posting", ["source_id", "id"], unique=False)
    op.create_index("ix_posting_target", "posting", ["target_id", "id"], unique=False)
    op.create_table(
        "turnover",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("account_id", BigKey, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("about", JsonColumn, nullable=False),
        sa.Column("came_in", BigKey, nullable=False),
        sa.Column("went_out", BigKey, nullable=False),
        sa.Column("pieces", BigKey, nullable=False),
        sa.CheckConstraint("came_in >= 0 AND went_out >= 0 AND pieces >= 0", name=op.f("ck_turnover_counts_up")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name=op.f("fk_turnover_account_id_ledger_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turnover")),
        sa.UniqueConstraint("account_id", "week", "subject", name=op.f("uq_turnover_account_id_week_subject")),
    )
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_table("turnover")
    op.drop_index("ix_posting_target", table_name="posting")
    op.drop_index("ix_posting_source", table_name="posting")
    op.drop_table("posting")
    op.drop_table("ledger_account")
    op.drop_index(op.f("ix_entry_subject"), table_name="entry")
    op.drop_table("entry")
