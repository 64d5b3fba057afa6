"""Roles with a scope, verified addresses, accounts that can be closed, links that work once."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from academy.accounts.rules import email_key
from academy.clock import now
from academy.db import BigKey, JsonColumn, UtcDateTime

revision = "0017_people"
down_revision = "0016_audit"
branch_labels = None
depends_on = None

LIVE = sa.text("revoked_at IS NULL")
WORKING = sa.text("ended_at IS NULL")
STAFF = ("programme_manager", "instructor")
ROLES = ("learner", "instructor", "programme_manager", "reviewer", "client", "operator", "administrator")
PURPOSES = ("verify e-mail", "reset password", "invitation", "guardian consent")


def role_grant(*later: sa.Column[str] | sa.CheckConstraint) -> sa.Table:
    """The table as SQLite needs to be told it to build it anew: it forgets the checks it is not told."""
    allowed = ", ".join(f"'{role}'" for role in ROLES)
    return sa.Table(
        "role_grant",
        sa.MetaData(),
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("granted_by", BigKey, nullable=True),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_by", BigKey, nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        *later,
        sa.CheckConstraint(f"role IN ({allowed})", name=op.f("ck_role_grant_role")),
        sa.CheckConstraint("role <> 'learner'", name=op.f("ck_role_grant_everybody_is_a_learner")),
        sa.ForeignKeyConstraint(["granted_by"], ["user.id"], name=op.f("fk_role_grant_granted_by_user")),
        sa.ForeignKeyConstraint(["revoked_by"], ["user.id"], name=op.f("fk_role_grant_revoked_by_user")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_role_grant_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.Index(op.f("ix_role_grant_user_id"), "user_id"),
    )


def identity(*later: sa.Column[str]) -> sa.Table:
    return sa.Table(
        "identity",
        sa.MetaData(),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=bool(later)),
        sa.Column("password_set_at", UtcDateTime(), nullable=False),
        *later,
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_identity_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_identity")),
        sa.UniqueConstraint("name_key", name=op.f("uq_identity_name_key")),
    )


def upgrade() -> None:
    op.add_column("user", sa.Column("closed_at", UtcDateTime(), nullable=True))
    _give_roles_a_scope()
    _let_staff_hold_roles()
    _verify_addresses()
    _make_links()


def _give_roles_a_scope() -> None:
    op.drop_index("uq_role_grant_live", table_name="role_grant", sqlite_where=LIVE, postgresql_where=LIVE)
    with op.batch_alter_table("role_grant", copy_from=role_grant()) as table:
        table.add_column(sa.Column("scope", sa.Text(), nullable=False, server_default=""))
        table.create_check_constraint(op.f("ck_role_grant_scope_names_a_place"), "scope = '' OR scope LIKE '%:%'")
        table.create_check_constraint(
            op.f("ck_role_grant_some_are_everywhere"), "scope = '' OR role NOT IN ('operator', 'administrator')"
        )
    op.create_index(
        "uq_role_grant_live", "role_grant", ["user_id", "role", "scope"], unique=True,
        sqlite_where=LIVE, postgresql_where=LIVE,
    )  # fmt: skip
    op.create_index("ix_role_grant_scope", "role_grant", ["scope", "role"], unique=False)


def _let_staff_hold_roles() -> None:
    """Who works at a centre holds the role there; there is no second list of staff.

    Until now the role itself opened no centre. It now counts everywhere when it has no place, so it is taken from
    those who held it: nobody finds more open after this than before.
    """
    op.execute(
        "INSERT INTO role_grant (user_id, role, scope, granted_at, revoked_at) "
        "SELECT user_id, role, 'centre:' || centre_id, since, ended_at FROM centre_staff ORDER BY id"
    )
    grants = sa.table(
        "role_grant",
        sa.column("user_id"), sa.column("role"), sa.column("scope"), sa.column("revoked_at", UtcDateTime()),
    )  # fmt: skip
    events = sa.table(
        "audit_event",
        sa.column("at", UtcDateTime()), sa.column("act"), sa.column("about_id"), sa.column("subject"),
        sa.column("detail", JsonColumn), sa.column("request"),
    )  # fmt: skip
    bind, at = op.get_bind(), now()
    wide = (grants.c.scope == "", grants.c.role.in_(STAFF), grants.c.revoked_at.is_(None))
    for user_id, role in bind.execute(sa.select(grants.c.user_id, grants.c.role).where(*wide)).all():
        detail = {"role": role, "scope": ""}
        noted = {"at": at, "act": "role revoked", "about_id": user_id, "subject": "", "detail": detail, "request": ""}
        bind.execute(events.insert().values(noted))
    bind.execute(grants.update().where(*wide).values(revoked_at=at))
    op.drop_index(
        "uq_centre_staff_working", table_name="centre_staff", sqlite_where=WORKING, postgresql_where=WORKING
    )  # fmt: skip
    op.drop_index(op.f("ix_centre_staff_user_id"), table_name="centre_staff")
    op.drop_index(op.f("ix_centre_staff_centre_id"), table_name="centre_staff")
    op.drop_table("centre_staff")


def _verify_addresses() -> None:
    with op.batch_alter_table("identity", copy_from=identity()) as table:
        table.add_column(sa.Column("email_key", sa.Text(), nullable=True))
        table.add_column(sa.Column("email_verified_at", UtcDateTime(), nullable=True))
        table.alter_column("password_hash", existing_type=sa.Text(), nullable=True)
        table.create_check_constraint(
            op.f("ck_identity_only_an_address_is_verified"), "email_verified_at IS NULL OR email IS NOT NULL"
        )
    op.create_index(op.f("ix_identity_email_key"), "identity", ["email_key"], unique=False)
    kept = sa.table("identity", sa.column("user_id"), sa.column("email"), sa.column("email_key"))
    bind = op.get_bind()
    for user_id, email in bind.execute(sa.select(kept.c.user_id, kept.c.email).where(kept.c.email.is_not(None))).all():
        bind.execute(kept.update().where(kept.c.user_id == user_id).values(email_key=email_key(email)))


def _make_links() -> None:
    op.create_table(
        "one_use_link",
        sa.Column("id", BigKey, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(*PURPOSES, name="link_purpose", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", BigKey, nullable=True),
        sa.Column("email_hash", sa.Text(), nullable=True),
        sa.Column("data", JsonColumn, nullable=False),
        sa.Column("made_by", BigKey, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_one_use_link_lasts_a_while")),
        sa.ForeignKeyConstraint(["made_by"], ["user.id"], name=op.f("fk_one_use_link_made_by_user")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_one_use_link_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_use_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_use_link_token_hash")),
    )
    for column in ("expires_at", "made_by", "user_id"):
        op.create_index(op.f(f"ix_one_use_link_{column}"), "one_use_link", [column], unique=False)


def downgrade() -> None:
    for column in ("user_id", "made_by", "expires_at"):
        op.drop_index(op.f(f"ix_one_use_link_{column}"), table_name="one_use_link")
    op.drop_table("one_use_link")
    _forget_verification()
    _take_scopes_away()
    op.drop_column("user", "closed_at")


def _forget_verification() -> None:
    op.drop_index(op.f("ix_identity_email_key"), table_name="identity")
    # Who never had a password gets one that nobody knows: no hash is ever "!".
    op.execute("UPDATE identity SET password_hash = '!' WHERE password_hash IS NULL")
    verified: sa.Column[Any] = sa.Column("email_verified_at", UtcDateTime(), nullable=True)
    with op.batch_alter_table(
        "identity", copy_from=identity(sa.Column("email_key", sa.Text(), nullable=True), verified)
    ) as table:
        if op.get_bind().dialect.name == "postgresql":
            table.drop_constraint(op.f("ck_identity_only_an_address_is_verified"), type_="check")
        table.drop_column("email_verified_at")
        table.drop_column("email_key")
        table.alter_column("password_hash", existing_type=sa.Text(), nullable=False)


def _take_scopes_away() -> None:
    _list_staff_again()
    op.drop_index("ix_role_grant_scope", table_name="role_grant")
    op.drop_index("uq_role_grant_live", table_name="role_grant", sqlite_where=LIVE, postgresql_where=LIVE)
    # A role in one place must not become a role everywhere.
    op.execute("DELETE FROM role_grant WHERE scope <> ''")
    with op.batch_alter_table(
        "role_grant", copy_from=role_grant(sa.Column("scope", sa.Text(), nullable=False, server_default=""))
    ) as table:
        if op.get_bind().dialect.name == "postgresql":
            table.drop_constraint(op.f("ck_role_grant_scope_names_a_place"), type_="check")
            table.drop_constraint(op.f("ck_role_grant_some_are_everywhere"), type_="check")
        table.drop_column("scope")
    op.create_index(
        "uq_role_grant_live", "role_grant", ["user_id", "role"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )


def _list_staff_again() -> None:
    """Staff of centres get back the list they stood on, and the role by itself that this list used to ask for."""
    op.create_table(
        "centre_staff",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("centre_id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column(
            "role",
            sa.Enum(*STAFF, name="staff_role", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_centre_staff_centre_id_centre")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_centre_staff_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre_staff")),
    )
    op.create_index(op.f("ix_centre_staff_centre_id"), "centre_staff", ["centre_id"], unique=False)
    op.create_index(op.f("ix_centre_staff_user_id"), "centre_staff", ["user_id"], unique=False)
    op.create_index(
        "uq_centre_staff_working", "centre_staff", ["centre_id", "user_id"], unique=True,
        sqlite_where=WORKING, postgresql_where=WORKING,
    )  # fmt: skip
    # Somebody with both roles at one centre was, on that list, its programme manager.
    op.execute(
        "INSERT INTO centre_staff (centre_id, user_id, role, since, ended_at) "
        "SELECT CAST(substr(scope, 8) AS BIGINT), user_id, role, granted_at, revoked_at FROM role_grant AS held "
        "WHERE scope LIKE 'centre:%' AND (revoked_at IS NOT NULL OR role = 'programme_manager' OR NOT EXISTS ("
        "SELECT 1 FROM role_grant AS other WHERE other.user_id = held.user_id AND other.scope = held.scope "
        "AND other.role = 'programme_manager' AND other.revoked_at IS NULL)) ORDER BY id"
    )
    op.execute(
        "INSERT INTO role_grant (user_id, role, scope, granted_at) "
        "SELECT user_id, role, '', min(granted_at) FROM role_grant AS held "
        "WHERE scope LIKE 'centre:%' AND revoked_at IS NULL AND NOT EXISTS ("
        "SELECT 1 FROM role_grant AS other WHERE other.user_id = held.user_id AND other.role = held.role "
        "AND other.scope = '' AND other.revoked_at IS NULL) GROUP BY user_id, role"
    )
