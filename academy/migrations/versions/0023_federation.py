"""Sign-in by other houses, and two accounts that become one."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0023_federation"
down_revision = "0022_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _identities()
    _ways()
    op.create_table(
        "account_merge",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("emptied_id", BigKey, nullable=False),
        sa.Column("kept_id", BigKey, nullable=False),
        sa.Column("moved", JsonColumn, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("emptied_id <> kept_id", name=op.f("ck_account_merge_two_accounts")),
        sa.ForeignKeyConstraint(["emptied_id"], ["user.id"], name=op.f("fk_account_merge_emptied_id_user")),
        sa.ForeignKeyConstraint(["kept_id"], ["user.id"], name=op.f("fk_account_merge_kept_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_merge")),
        sa.UniqueConstraint("emptied_id", name=op.f("uq_account_merge_emptied_id")),
    )
    op.create_index("ix_account_merge_kept", "account_merge", ["kept_id"], unique=False)
    protect("account_merge")


def _identities() -> None:
    op.create_table(
        "federated_identity",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_federated_identity_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federated_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_federated_identity_issuer_subject")),
    )
    op.create_index(op.f("ix_federated_identity_user_id"), "federated_identity", ["user_id"], unique=False)


def _ways() -> None:
    purpose = sa.Enum("enter", "link", "confirm", name="purpose", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "round_trip",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("purpose", purpose, nullable=False),
        sa.Column("user_id", BigKey, nullable=True),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(purpose = 'enter') = (user_id IS NULL)", name=op.f("ck_round_trip_whose")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_round_trip_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_trip")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_round_trip_state_hash")),
    )
    op.create_index(op.f("ix_round_trip_user_id"), "round_trip", ["user_id"], unique=False)
    op.create_index(op.f("ix_round_trip_expires_at"), "round_trip", ["expires_at"], unique=False)
    op.create_table(
        "arrival",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_arrival_token_hash")),
    )
    op.create_index(op.f("ix_arrival_expires_at"), "arrival", ["expires_at"], unique=False)


def downgrade() -> None:
    unprotect("account_merge")
    for table in ("account_merge", "arrival", "round_trip", "federated_identity"):
        op.drop_table(table)
