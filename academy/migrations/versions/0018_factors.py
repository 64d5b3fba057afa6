"""Second factors, and what a sign-in was proved with."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime

revision = "0018_factors"
down_revision = "0017_people"
branch_labels = None
depends_on = None

FIRST, SECOND = ("password", "federated", "link"), ("app", "passkey", "recovery")
PROOFS = (*FIRST, "passkey", *(f"{first}+{second}" for first in FIRST for second in SECOND))


def upgrade() -> None:
    allowed = ", ".join(f"'{proof}'" for proof in PROOFS)
    with op.batch_alter_table("sign_in") as sign_in:
        sign_in.add_column(sa.Column("factor", sa.String(40), nullable=False, server_default="password"))
        sign_in.add_column(sa.Column("confirmed_at", UtcDateTime(), nullable=True))
        sign_in.create_check_constraint(op.f("ck_sign_in_proof"), f"factor IN ({allowed})")
    _authenticator_app()
    _passkeys()
    op.create_table(
        "recovery_code",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_code_user_id_code_hash")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"], unique=False)


def _authenticator_app() -> None:
    op.create_table(
        "authenticator_app",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("last_step", BigKey, nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (last_step IS NULL)", name=op.f("ck_authenticator_app_confirmed_by_a_code")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_authenticator_app_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator_app")),
    )
    op.create_index(op.f("ix_authenticator_app_user_id"), "authenticator_app", ["user_id"], unique=False)
    for name, condition in (("set_up", "confirmed_at IS NOT NULL"), ("begun", "confirmed_at IS NULL")):
        where = sa.text(condition)
        op.create_index(
            f"uq_authenticator_app_{name}",
            "authenticator_app",
            ["user_id"],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def _passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("transports", JsonColumn, nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_passkey_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_user_id"), "passkey", ["user_id"], unique=False)
    op.create_table(
        "passkey_ceremony",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", BigKey, nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(purpose = 'sign in') = (user_id IS NULL)", name=op.f("ck_passkey_ceremony_whose")),
        sa.CheckConstraint(
            "purpose IN ('add', 'sign in', 'second step', 'confirm')", name=op.f("ck_passkey_ceremony_known_purpose")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_passkey_ceremony_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_ceremony")),
        sa.UniqueConstraint("challenge", name=op.f("uq_passkey_ceremony_challenge")),
    )
    op.create_index(op.f("ix_passkey_ceremony_expires_at"), "passkey_ceremony", ["expires_at"], unique=False)
    op.create_index(op.f("ix_passkey_ceremony_user_id"), "passkey_ceremony", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_recovery_code_user_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_index(op.f("ix_passkey_ceremony_user_id"), table_name="passkey_ceremony")
    op.drop_index(op.f("ix_passkey_ceremony_expires_at"), table_name="passkey_ceremony")
    op.drop_table("passkey_ceremony")
    op.drop_index(op.f("ix_passkey_user_id"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_index("uq_authenticator_app_begun", table_name="authenticator_app")
    op.drop_index("uq_authenticator_app_set_up", table_name="authenticator_app")
    op.drop_index(op.f("ix_authenticator_app_user_id"), table_name="authenticator_app")
    op.drop_table("authenticator_app")
    with op.batch_alter_table("sign_in") as sign_in:
        sign_in.drop_constraint(op.f("ck_sign_in_proof"), type_="check")
        sign_in.drop_column("confirmed_at")
        sign_in.drop_column("factor")
