"""Gold from everywhere: media of every kind, what several people said, data brought in any format, changes by hand."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from academy.appending import postgresql_guard, sqlite_guard
from academy.db import BigKey, JsonColumn, UtcDateTime

revision = "0025_gold_from_everywhere"
down_revision = "0024_uploads"
branch_labels = None
depends_on = None

OLD_SIZE = "width > 0 AND height > 0"
NEW_SIZE = "kind NOT IN ('picture', 'video') OR (width > 0 AND height > 0)"
KINDS = ("picture", "text", "sound", "video", "cloud", "awaited")
OLD_STATES = ("checking", "checked", "added", "dropped")
STATES = ("checking", "checked", "adding", "added", "dropped", "undoing", "undone")
UNSETTLED = sa.text("settled_at IS NULL")
REFUSALS = (
    "empty", "too large", "not a picture", "too many pixels", "too long a side", "damaged", "too slow", "too hungry",
    "not a zip", "too many files", "overlapping", "unpacks too large", "bad name", "same name", "encrypted", "a link",
    "odd compression", "not text", "name in use",
)  # fmt: skip


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _labels_say_more()
    _media_of_every_kind()
    sets = [("released_at", UtcDateTime()), ("locked_at", UtcDateTime())]
    for name, kind in sets:
        op.add_column("task_set", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE task_set SET released_at = created_at")
    _renew_uploads(_new_uploads, _upload_up, _file_up)
    _tasks_are_found_and_withdrawn()
    _gold_knows_its_makers()
    _make_opinions()
    _make_transfers()
    _make_changes()


def _labels_say_more() -> None:
    op.add_column("label", sa.Column("description", JsonColumn, nullable=False, server_default="{}"))
    op.add_column("label", sa.Column("hotkey", sa.Text(), nullable=False, server_default=""))
    op.add_column("label", sa.Column("attributes", JsonColumn, nullable=False, server_default="[]"))
    op.add_column("label", sa.Column("skeleton", JsonColumn, nullable=False, server_default="{}"))
    op.add_column("label", sa.Column("retired_at", UtcDateTime(), nullable=True))
    _add_reference("label", "parent_id", "label")
    _add_reference("guideline_rule", "good_media_id", "media")
    _add_reference("guideline_rule", "bad_media_id", "media")


def _add_reference(table: str, column: str, to: str, index: bool = False) -> None:
    """A column that points to another table; SQLite takes the constraint only together with the column."""
    number = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    name = f"fk_{table}_{column}_{to}"
    op.execute(f'ALTER TABLE "{table}" ADD COLUMN {column} {number} CONSTRAINT {name} REFERENCES "{to}" (id)')
    if index:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False)


def _media_of_every_kind() -> None:
    kind = "VARCHAR(40) NOT NULL DEFAULT 'picture' CONSTRAINT ck_media_media_kind CHECK (kind IN ({}))"
    op.execute(f"ALTER TABLE media ADD COLUMN kind {kind.format(', '.join(repr(one) for one in KINDS))}")
    op.add_column("media", sa.Column("seconds", sa.Double(), nullable=True))
    op.add_column("media", sa.Column("parts", JsonColumn, nullable=False, server_default="[]"))
    op.add_column("media", sa.Column("facts", JsonColumn, nullable=False, server_default="{}"))
    op.add_column("media", sa.Column("derived", JsonColumn, nullable=False, server_default="{}"))
    _change_size_rule(OLD_SIZE, NEW_SIZE)
    op.create_table(
        "media_frame",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("media_id", BigKey, nullable=False),
        sa.Column("number", BigKey, nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_media_frame_media_id_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_frame")),
        sa.UniqueConstraint("media_id", "number", name=op.f("uq_media_frame_media_id_number")),
    )


def _change_size_rule(old: str, new: str) -> None:
    """On SQLite the rule is changed where the table is described: to build the table anew it would have to be dropped,
    which tasks that point to it forbid. This is the way SQLite's own documentation shows (ALTER TABLE, section 7)."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_media_has_a_size"), "media")
        op.create_check_constraint(op.f("ck_media_has_a_size"), "media", new)
        return
    bind = op.get_bind()
    version = bind.execute(sa.text("PRAGMA schema_version")).scalar_one()
    bind.execute(sa.text("PRAGMA writable_schema = ON"))
    bind.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'media'"),
        {
            "old": f"CONSTRAINT ck_media_has_a_size CHECK ({old})",
            "new": f"CONSTRAINT ck_media_has_a_size CHECK ({new})",
        },
    )
    bind.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    bind.execute(sa.text("PRAGMA writable_schema = OFF"))


def _tasks_are_found_and_withdrawn() -> None:
    number = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    rule = "CONSTRAINT ck_task_difficulty_in_range CHECK (difficulty BETWEEN 1 AND 5)"
    op.execute(f"ALTER TABLE task ADD COLUMN difficulty {number} {rule}")
    op.add_column("task", sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
    _add_reference("task", "upload_id", "upload", index=True)
    op.create_table(
        "task_tag",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_tag_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_tag")),
        sa.UniqueConstraint("task_id", "tag", name=op.f("uq_task_tag_task_id_tag")),
    )
    op.create_index("ix_task_tag_tag", "task_tag", ["tag", "task_id"], unique=False)
    with op.batch_alter_table("upload_file") as table:
        table.create_foreign_key(op.f("fk_upload_file_task_id_task"), "task", ["task_id"], ["id"])


def _gold_knows_its_makers() -> None:
    op.add_column("gold", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    _add_reference("gold", "by_id", "user", index=True)
    _add_reference("gold", "upload_id", "upload", index=True)


def _make_opinions() -> None:
    op.create_table(
        "opinion",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("version", BigKey, nullable=False),
        sa.Column("document", JsonColumn, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("upload_id", BigKey, nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_opinion_task_id_task")),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_opinion_upload_id_upload")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
        sa.UniqueConstraint("task_id", "annotator", "version", name=op.f("uq_opinion_task_id_annotator_version")),
    )
    op.create_index(op.f("ix_opinion_upload_id"), "opinion", ["upload_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for statement in postgresql_guard("opinion"):
            op.execute(statement)
    else:
        for act in ("UPDATE", "DELETE"):
            op.execute(sqlite_guard("opinion", act))


def _make_transfers() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("by_id", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", BigKey, nullable=False),
        sa.Column("received", BigKey, nullable=False),
        sa.Column("pieces", JsonColumn, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("size > 0 AND received BETWEEN 0 AND size", name=op.f("ck_transfer_no_more_than_all")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_transfer_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("token", name=op.f("uq_transfer_token")),
    )
    op.create_index("ix_transfer_touched_at", "transfer", ["touched_at"], unique=False)
    op.create_index(op.f("ix_transfer_by_id"), "transfer", ["by_id"], unique=False)


def _make_changes() -> None:
    op.create_table(
        "change",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("before", JsonColumn, nullable=False),
        sa.Column("after", JsonColumn, nullable=False),
        sa.Column("by_id", BigKey, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by_id", BigKey, nullable=True),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name=op.f("ck_change_undone_by_somebody")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_change_by_id_user")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["user.id"], name=op.f("fk_change_undone_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_index("ix_change_subject", "change", ["subject", "id"], unique=False)
    op.create_index(op.f("ix_change_by_id"), "change", ["by_id"], unique=False)
    op.create_index(op.f("ix_change_undone_by_id"), "change", ["undone_by_id"], unique=False)
    op.create_table(
        "second_look",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("gold_id", BigKey, nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", BigKey, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("verdict", words("look", "right", "wrong", "unsure"), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", BigKey, nullable=True),
        sa.Column("looked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(verdict IS NULL) = (looked_at IS NULL)", name=op.f("ck_second_look_looked_with_time")),
        sa.CheckConstraint("(verdict IS NULL) = (by_id IS NULL)", name=op.f("ck_second_look_looked_by_somebody")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_second_look_task_id_task")),
        sa.ForeignKeyConstraint(["gold_id"], ["gold.id"], name=op.f("fk_second_look_gold_id_gold")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user.id"], name=op.f("fk_second_look_asked_by_id_user")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_second_look_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_look")),
        sa.UniqueConstraint("sample", "task_id", name=op.f("uq_second_look_sample_task_id")),
    )
    for column in ("task_id", "asked_by_id", "by_id"):
        op.create_index(op.f(f"ix_second_look_{column}"), "second_look", [column], unique=False)


# Uploads change their shape: what waits in them is carried over. --------------------------------------------------


def _renew_uploads(create: Any, upload: Any, file: Any) -> None:
    bind = op.get_bind()
    old = sa.MetaData()
    old.reflect(bind, only=["upload", "upload_file"], resolve_fks=False)
    kept = {name: [dict(row._mapping) for row in bind.execute(_typed(old.tables[name]))] for name in old.tables}
    op.drop_table("upload_file")
    op.drop_table("upload")
    create()
    new = sa.MetaData()
    new.reflect(bind, only=["upload", "upload_file"], resolve_fks=False)
    for name, turn in (("upload", upload), ("upload_file", file)):
        rows = [turn(row) for row in kept[name]]
        if rows:
            table = new.tables[name]
            columns = [sa.column(column.name, _own_type(column)) for column in table.columns]
            bind.execute(sa.table(name, *columns).insert(), rows)
    if bind.dialect.name == "postgresql":
        for name in kept:
            bind.execute(
                sa.text(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "  # noqa: S608 - our own two names
                    f"(SELECT coalesce(max(id), 0) + 1 FROM {name}), false)"
                )
            )


JSONS = frozenset(
    {"sources", "facts", "problems", "labels", "options", "document", "tags", "parts", "derived", "frames"}
)
TIMES = frozenset({"created_at", "settled_at"})


def _own_type(column: Any) -> Any:
    return JsonColumn if column.name in JSONS else UtcDateTime() if column.name in TIMES else column.type


def _typed(table: sa.Table) -> Any:
    return sa.select(*(sa.type_coerce(column, _own_type(column)).label(column.name) for column in table.columns))


def _upload_up(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"form": "pictures", "guessed": False, "options": {}, "outside": "clip", "labels": [], "problem": None}


def _file_up(row: dict[str, Any]) -> dict[str, Any]:
    refusal, facts = row.pop("refusal"), row.pop("facts")
    verdict = {"good": "new", "known": "same", "refused": "refused"}[row["verdict"]]
    said = {"say": "This file was not taken (%(why)s).", "facts": {"why": refusal} | dict(facts or {})}
    problems = [{"file": row["name"], "object": None, "lost": 0, **said}] if refusal else []
    return row | {
        "verdict": verdict, "odd": bool(problems), "problems": problems, "file": "", "annotator": "", "kind": "",
        "document": None, "objects": 0, "tags": [], "media_kind": "picture", "seconds": None, "parts": [], "facts": {},
        "derived": {}, "frames": [], "task_id": None,
    }  # fmt: skip


def _upload_down(row: dict[str, Any]) -> dict[str, Any]:
    for name in ("form", "guessed", "options", "outside", "labels", "problem"):
        row.pop(name)
    state = {"adding": "checked", "undoing": "added", "undone": "dropped"}.get(row["state"], row["state"])
    return row | {"state": state}


def _file_down(row: dict[str, Any]) -> dict[str, Any]:
    picture = row["width"] > 0 and row["height"] > 0
    verdict = {"new": "good", "changed": "good", "same": "known", "refused": "refused"}[row["verdict"]]
    if verdict == "good" and not picture:
        verdict = "refused"
    old = ("id", "upload_id", "position", "name", "content_hash", "storage_key", "content_type", "width", "height")
    refusal = "not a picture" if verdict == "refused" else None
    return {name: row[name] for name in old} | {"verdict": verdict, "refusal": refusal, "facts": {}}


def _new_uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("task_set_id", BigKey, nullable=False),
        sa.Column("by_id", BigKey, nullable=True),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("guessed", sa.Boolean(), nullable=False),
        sa.Column("options", JsonColumn, nullable=False),
        sa.Column("outside", words("outside", "clip", "refuse"), nullable=False),
        sa.Column("state", words("upload_state", *STATES), nullable=False),
        sa.Column("sources", JsonColumn, nullable=False),
        sa.Column("labels", JsonColumn, nullable=False),
        sa.Column("problem", JsonColumn, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('added', 'dropped', 'undoing', 'undone')) = (settled_at IS NOT NULL)",
            name=op.f("ck_upload_settled_with_time"),
        ),
        *_upload_keys(),
    )
    _index_uploads()
    op.create_table(
        "upload_file",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("upload_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("verdict", words("verdict", "new", "same", "changed", "refused"), nullable=False),
        sa.Column("odd", sa.Boolean(), nullable=False),
        sa.Column("problems", JsonColumn, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", JsonColumn, nullable=True),
        sa.Column("objects", BigKey, nullable=False),
        sa.Column("tags", JsonColumn, nullable=False),
        sa.Column("media_kind", words("media_kind", *KINDS), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("width", BigKey, nullable=False),
        sa.Column("height", BigKey, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("parts", JsonColumn, nullable=False),
        sa.Column("facts", JsonColumn, nullable=False),
        sa.Column("derived", JsonColumn, nullable=False),
        sa.Column("frames", JsonColumn, nullable=False),
        sa.Column("task_id", BigKey, nullable=True),
        sa.CheckConstraint("verdict <> 'refused' OR odd", name=op.f("ck_upload_file_refused_is_odd")),
        *_file_keys(),
    )
    op.create_index("ix_upload_file_verdict", "upload_file", ["upload_id", "verdict", "position"], unique=False)


def _upload_keys() -> list[Any]:
    return [
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_upload_by_id_user")),
        sa.ForeignKeyConstraint(["task_set_id"], ["task_set.id"], name=op.f("fk_upload_task_set_id_task_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("token", name=op.f("uq_upload_token")),
    ]


def _file_keys() -> list[Any]:
    return [
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_upload_file_upload_id_upload")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_file")),
        sa.UniqueConstraint("upload_id", "position", name=op.f("uq_upload_file_upload_id_position")),
    ]


def _index_uploads() -> None:
    op.create_index(op.f("ix_upload_by_id"), "upload", ["by_id"], unique=False)
    op.create_index(op.f("ix_upload_task_set_id"), "upload", ["task_set_id"], unique=False)
    op.create_index(
        "ix_upload_unsettled", "upload", ["created_at"], unique=False,
        sqlite_where=UNSETTLED, postgresql_where=UNSETTLED,
    )  # fmt: skip


def _old_uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("task_set_id", BigKey, nullable=False),
        sa.Column("by_id", BigKey, nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("state", words("upload_state", *OLD_STATES), nullable=False),
        sa.Column("sources", JsonColumn, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('added', 'dropped')) = (settled_at IS NOT NULL)", name=op.f("ck_upload_settled_with_time")
        ),
        *_upload_keys(),
    )
    _index_uploads()
    op.create_table(
        "upload_file",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("upload_id", BigKey, nullable=False),
        sa.Column("position", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("verdict", words("verdict", "good", "known", "refused"), nullable=False),
        sa.Column("refusal", words("refusal", *REFUSALS), nullable=True),
        sa.Column("facts", JsonColumn, nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("width", BigKey, nullable=False),
        sa.Column("height", BigKey, nullable=False),
        sa.CheckConstraint(
            "(verdict = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_upload_file_refused_with_reason")
        ),
        sa.CheckConstraint(
            "verdict <> 'good' OR (width > 0 AND height > 0)", name=op.f("ck_upload_file_good_has_a_size")
        ),
        *_file_keys(),
    )


def downgrade() -> None:
    """What the older tables have no place for is lost: other media than pictures go with their tasks, so a set that has
    such tasks can not be taken back."""
    bind = op.get_bind()
    others = bind.execute(sa.text("SELECT count(*) FROM media WHERE kind <> 'picture'")).scalar_one()
    if others:
        raise RuntimeError(
            f"{others} texts, sounds or other media have no place in the older tables; keep this version."
        )
    op.drop_table("second_look")
    op.drop_table("change")
    op.drop_table("transfer")
    op.drop_table("opinion")
    if bind.dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS opinion_refuse()")
    for index, column in (("ix_gold_upload_id", "upload_id"), ("ix_gold_by_id", "by_id")):
        op.drop_index(index, table_name="gold")
        op.drop_column("gold", column)
    op.drop_column("gold", "note")
    op.drop_table("task_tag")
    op.execute("UPDATE upload_file SET task_id = NULL")
    op.drop_index("ix_task_upload_id", table_name="task")
    for column in ("upload_id", "withdrawn_at", "difficulty"):
        op.drop_column("task", column)
    op.drop_index("ix_upload_file_verdict", table_name="upload_file")
    op.execute("DELETE FROM upload_file WHERE upload_id IN (SELECT id FROM upload WHERE by_id IS NULL)")
    op.execute("DELETE FROM upload WHERE by_id IS NULL")
    _renew_uploads(_old_uploads, _upload_down, _file_down)
    for column in ("locked_at", "released_at"):
        op.drop_column("task_set", column)
    op.drop_table("media_frame")
    _change_size_rule(NEW_SIZE, OLD_SIZE)
    for column in ("derived", "facts", "parts", "seconds", "kind"):
        op.drop_column("media", column)
    for column in ("good_media_id", "bad_media_id"):
        op.drop_column("guideline_rule", column)
    for column in ("parent_id", "retired_at", "skeleton", "attributes", "hotkey", "description"):
        op.drop_column("label", column)
