"""One list of acts for the whole house, in place of the account's own."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, JsonColumn, UtcDateTime
from academy.migrations.guards import protect, unprotect

revision = "0016_audit"
down_revision = "0015_results"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("actor_id", BigKey, nullable=True),
        sa.Column("about_id", BigKey, nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", JsonColumn, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["about_id"], ["user.id"], name=op.f("fk_audit_event_about_id_user")),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_audit_event_actor_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    build = "jsonb_build_object" if op.get_bind().dialect.name == "postgresql" else "json_object"
    op.execute(
        "INSERT INTO audit_event (at, act, actor_id, about_id, subject, detail, request) "  # noqa: S608
        "SELECT at, act, by_id, user_id, '', "
        f"CASE WHEN detail = '' THEN {build}() ELSE {build}('role', detail) END, '' "
        "FROM account_event ORDER BY id"
    )
    op.create_index("ix_audit_event_act", "audit_event", ["act", "id"], unique=False)
    op.create_index("ix_audit_event_actor", "audit_event", ["actor_id", "id"], unique=False)
    op.create_index("ix_audit_event_about", "audit_event", ["about_id", "id"], unique=False)
    protect("audit_event")
    unprotect("account_event")
    op.drop_index(op.f("ix_account_event_user_id"), table_name="account_event")
    op.drop_table("account_event")


def downgrade() -> None:
    op.create_table(
        "account_event",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("by_id", BigKey, nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_account_event_by_id_user")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_account_event_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_event")),
    )
    role = "detail ->> 'role'" if op.get_bind().dialect.name == "postgresql" else "json_extract(detail, '$.role')"
    op.execute(
        "INSERT INTO account_event (user_id, by_id, act, detail, at) "  # noqa: S608
        f"SELECT about_id, actor_id, act, COALESCE({role}, ''), at FROM audit_event "
        "WHERE about_id IS NOT NULL ORDER BY id"
    )
    op.create_index(op.f("ix_account_event_user_id"), "account_event", ["user_id"], unique=False)
    protect("account_event")
    unprotect("audit_event")
    op.drop_index("ix_audit_event_about", table_name="audit_event")
    op.drop_index("ix_audit_event_actor", table_name="audit_event")
    op.drop_index("ix_audit_event_act", table_name="audit_event")
    op.drop_table("audit_event")
