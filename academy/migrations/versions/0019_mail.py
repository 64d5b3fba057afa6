"""Letters to people, and which of them a person does not want."""

import sqlalchemy as sa
from alembic import op

from academy.db import BigKey, UtcDateTime

revision = "0019_mail"
down_revision = "0018_factors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("user_id", BigKey, nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                name="letter_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("tries", BigKey, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'waiting') = (finished_at IS NULL)", name=op.f("ck_letter_finished_with_time")),
        sa.CheckConstraint("state <> 'sent' OR sealed IS NULL", name=op.f("ck_letter_blank_once_sent")),
        sa.CheckConstraint("state <> 'waiting' OR sealed IS NOT NULL", name=op.f("ck_letter_something_to_send")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_letter_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_letter_kind_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_letter_public_id")),
    )
    op.create_index(op.f("ix_letter_user_id"), "letter", ["user_id"], unique=False)
    op.create_index("ix_letter_due", "letter", ["state", "due_at"], unique=False)
    op.create_index("ix_letter_created", "letter", ["created_at", "id"], unique=False)
    op.create_table(
        "mail_choice",
        sa.Column("user_id", BigKey, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("chosen_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "topic IN ('course', 'class', 'work', 'news')", name=op.f("ck_mail_choice_may_be_switched_off")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mail_choice_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f("pk_mail_choice")),
    )


def downgrade() -> None:
    op.drop_table("mail_choice")
    op.drop_index("ix_letter_created", table_name="letter")
    op.drop_index("ix_letter_due", table_name="letter")
    op.drop_index(op.f("ix_letter_user_id"), table_name="letter")
    op.drop_table("letter")
