"""Adding the good lines of an upload to its set, and taking them out again: each one transaction, all or nothing.

Documents go from the lines into gold inside the database, so that a hundred thousand of them fit into it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, insert, literal, select, update
from sqlalchemy.orm import aliased, defer

from academy.annotation.exchange.comparing import compare, fits_kind, fixed_kind
from academy.annotation.exchange.importing import forget, kept_keys, sent_keys
from academy.annotation.exchange.inspecting import label_from, settled_kind
from academy.annotation.exchange.label_intake import take_labels
from academy.annotation.exchange.models import Upload, UploadFile
from academy.annotation.locking import refuse_locked
from academy.annotation.media.deriving import keys_of
from academy.annotation.models import Gold, Media, MediaFrame, Opinion, Task, TaskSet, TaskTag
from academy.annotation.rules import MediaKind, UploadState, Verdict
from academy.db import after_commit, db, for_change

CHUNK = 500
_COMING = (Verdict.NEW, Verdict.CHANGED)


def add_now(
    upload_id: int, by_id: int | None, now: datetime, titles: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, int]:
    """Bring in what the check found good; inside the caller's transaction. Tells how many tasks and labels came.

    The set is looked at again first: what came in meanwhile by another way is not brought in twice. Raises Locked.
    """
    upload = db.session.scalars(for_change(select(Upload).where(Upload.id == upload_id))).one()
    if upload.state is not UploadState.ADDING:
        return {}
    task_set = db.session.scalars(for_change(select(TaskSet).where(TaskSet.id == upload.task_set_id))).one()
    refuse_locked(task_set)
    kinds = set(db.session.scalars(select(UploadFile.kind).where(*_coming(upload), UploadFile.document.is_not(None))
                                   .distinct()))  # fmt: skip
    _compare_again(upload, task_set, kinds)
    task_set.kind = settled_kind(task_set, kinds, str(upload.options.get("kind") or ""))
    take_labels(task_set.label_set_id, [label_from(label) for label in upload.labels], titles or {})
    _add_media(upload, task_set, now)
    tasks = _add_tasks(upload, task_set)
    _revive(upload)
    _fill_awaited(upload)
    _add_tags(upload)
    counts = {"tasks": tasks, "gold": _add_gold(upload, by_id, now), "opinions": _add_opinions(upload, now)}
    _settle(upload, now)
    return counts


def _coming(upload: Upload) -> tuple[ColumnElement[bool], ...]:
    return UploadFile.upload_id == upload.id, UploadFile.verdict.in_(_COMING)


def _in_chunks(query: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a query over UploadFile by position, some at a time."""
    after = 0
    while True:
        rows = db.session.scalars(query.where(UploadFile.position > after).order_by(UploadFile.position).limit(CHUNK))
        found = list(rows)
        if not found:
            return
        yield found
        after = found[-1].position
        db.session.flush()
        for row in found:
            db.session.expunge(row)


def _compare_again(upload: Upload, task_set: TaskSet, kinds: set[str]) -> None:
    """What belongs to a task that the set has, or has by now. The others are as new as they were, unless the set has
    become one of another kind."""
    wanted = fixed_kind(task_set)
    called = exists().where(Task.task_set_id == task_set.id, Task.source == UploadFile.name)
    rows = select(UploadFile).where(UploadFile.upload_id == upload.id, UploadFile.verdict != Verdict.REFUSED)
    if all(fits_kind(kind, wanted) for kind in kinds):
        rows = rows.where(UploadFile.task_id.is_not(None) | ((UploadFile.verdict == Verdict.NEW) & called))
    for found in _in_chunks(rows):
        compare(task_set, found, wanted)


# Going in ----------------------------------------------------------------------------------------------------------


def _alike(upload: Upload) -> ColumnElement[bool]:
    """The medium that a line shows, under the licence of its upload."""
    return and_(
        Media.content_hash == UploadFile.content_hash, Media.public == upload.public,
        Media.licence == upload.licence, Media.attribution == upload.attribution,
    )  # fmt: skip


def _add_media(upload: Upload, task_set: TaskSet, now: datetime) -> None:
    wanted = select(UploadFile).where(*_coming(upload)).options(defer(UploadFile.document, raiseload=True))
    for rows in _in_chunks(wanted):
        known = set(db.session.scalars(
            select(Media.content_hash).where(
                Media.content_hash.in_({row.content_hash for row in rows}), Media.public == upload.public,
                Media.licence == upload.licence, Media.attribution == upload.attribution,
            )
        ))  # fmt: skip
        fresh: dict[str, Media] = {}
        for row in rows:
            awaited = row.media_kind is MediaKind.AWAITED and row.task_id is not None
            if row.content_hash not in known and row.content_hash not in fresh and not awaited:
                fresh[row.content_hash] = _media(upload, task_set, row, now)
        db.session.add_all(fresh.values())
        db.session.flush()
        frames = [
            MediaFrame(media_id=fresh[row.content_hash].id, number=number, storage_key=frame["key"],
                       content_type=frame["content_type"])
            for row in {row.content_hash: row for row in reversed(rows) if row.content_hash in fresh}.values()
            for number, frame in enumerate(row.frames)
        ]  # fmt: skip
        db.session.add_all(frames)
        db.session.flush()
        for made in (*fresh.values(), *frames):
            db.session.expunge(made)


def _media(upload: Upload, task_set: TaskSet, row: UploadFile, now: datetime) -> Media:
    return Media(
        kind=row.media_kind, content_hash=row.content_hash, storage_key=row.storage_key, content_type=row.content_type,
        width=row.width, height=row.height, seconds=row.seconds, parts=row.parts, facts=row.facts, derived=row.derived,
        licence=upload.licence, attribution=upload.attribution, alt=dict(task_set.title), public=upload.public,
        created_at=now,
    )  # fmt: skip


def _add_tasks(upload: Upload, task_set: TaskSet) -> int:
    """One task for each new name, at the end of the set."""
    first = (
        select(func.min(UploadFile.id))
        .where(UploadFile.upload_id == upload.id, UploadFile.verdict == Verdict.NEW, UploadFile.task_id.is_(None))
        .group_by(UploadFile.name)
    )
    last = db.session.scalar(select(func.max(Task.position)).where(Task.task_set_id == task_set.id)) or 0
    rows = (
        select(
            literal(task_set.id), last + func.row_number().over(order_by=UploadFile.position), Media.id,
            UploadFile.name, literal(upload.id),
        )
        .join(Media, _alike(upload)).where(UploadFile.id.in_(first))
    )  # fmt: skip
    columns = ["task_set_id", "position", "media_id", "source", "upload_id"]
    count = _run(insert(Task).from_select(columns, rows, include_defaults=False))
    # Looked for by name: an index over the upload would lead through every task that was just made, for each of them.
    made = (
        select(Task.id)
        .where(Task.task_set_id == task_set.id, Task.source == UploadFile.name,
               func.coalesce(Task.upload_id, 0) == upload.id)
        .scalar_subquery()
    )  # fmt: skip
    db.session.execute(
        update(UploadFile)
        .where(UploadFile.upload_id == upload.id, UploadFile.verdict == Verdict.NEW, UploadFile.task_id.is_(None))
        .values(task_id=made)
        .execution_options(synchronize_session=False)
    )
    return count


def _revive(upload: Upload) -> None:
    """Tasks of an import that was undone come back with this one."""
    known = select(UploadFile.task_id).where(UploadFile.upload_id == upload.id, UploadFile.verdict == Verdict.NEW)
    db.session.execute(
        update(Task)
        .where(Task.id.in_(known), Task.withdrawn_at.is_not(None))
        .values(withdrawn_at=None, upload_id=upload.id)
        .execution_options(synchronize_session=False)
    )


def _fill_awaited(upload: Upload) -> None:
    """What a task waited for has come."""
    brought = (
        select(Media.id)
        .join(UploadFile, _alike(upload))
        .where(UploadFile.task_id == Task.id, func.coalesce(UploadFile.upload_id, 0) == upload.id,
               UploadFile.media_kind != MediaKind.AWAITED)
        .limit(1).scalar_subquery()
    )  # fmt: skip
    waiting = (
        select(Task.id)
        .join(Media, Media.id == Task.media_id)
        .join(UploadFile, UploadFile.task_id == Task.id)
        .where(*_coming(upload), Media.kind == MediaKind.AWAITED, UploadFile.media_kind != MediaKind.AWAITED)
    )
    ids = list(db.session.scalars(waiting))
    for start in range(0, len(ids), CHUNK):
        db.session.execute(
            update(Task).where(Task.id.in_(ids[start : start + CHUNK])).values(media_id=brought)
            .execution_options(synchronize_session=False)
        )  # fmt: skip


def _add_tags(upload: Upload) -> None:
    tagged = select(UploadFile).where(*_coming(upload), cast(UploadFile.tags, Text) != "[]")
    for rows in _in_chunks(tagged):
        wanted = {(row.task_id, tag) for row in rows for tag in row.tags if row.task_id}
        if not wanted:
            continue
        known = db.session.execute(
            select(TaskTag.task_id, TaskTag.tag).where(TaskTag.task_id.in_({task_id for task_id, _tag in wanted}))
        )
        fresh = wanted - {(task_id, tag) for task_id, tag in known}
        if fresh:
            db.session.execute(insert(TaskTag), [{"task_id": task, "tag": tag} for task, tag in sorted(fresh)])


def _add_gold(upload: Upload, by_id: int | None, now: datetime) -> int:
    newest = _newest(Gold)
    before = aliased(Gold)
    rows = (
        select(
            UploadFile.task_id, func.coalesce(newest, 0) + 1, UploadFile.document,
            literal(f"{upload.form}:") + UploadFile.file, literal(now, Gold.created_at.type),
            literal(by_id, Gold.by_id.type), literal(upload.id), literal(""),
        )
        .outerjoin(before, and_(before.task_id == UploadFile.task_id, before.version == newest))
        .where(*_coming(upload), UploadFile.annotator == "", UploadFile.document.is_not(None),
               before.id.is_(None) | (before.document != UploadFile.document))
    )  # fmt: skip
    columns = ["task_id", "version", "document", "source", "created_at", "by_id", "upload_id", "note"]
    return _run(insert(Gold).from_select(columns, rows, include_defaults=False))


def _add_opinions(upload: Upload, now: datetime) -> int:
    newest = (
        select(func.max(Opinion.version))
        .where(Opinion.task_id == UploadFile.task_id, Opinion.annotator == UploadFile.annotator)
        .correlate(UploadFile).scalar_subquery()
    )  # fmt: skip
    before = aliased(Opinion)
    mine = and_(before.task_id == UploadFile.task_id, before.annotator == UploadFile.annotator)
    rows = (
        select(
            UploadFile.task_id, UploadFile.annotator, func.coalesce(newest, 0) + 1, UploadFile.document,
            literal(f"{upload.form}:") + UploadFile.file, literal(now, Opinion.created_at.type), literal(upload.id),
        )
        .outerjoin(before, and_(mine, before.version == newest))
        .where(*_coming(upload), UploadFile.annotator != "", UploadFile.document.is_not(None),
               before.id.is_(None) | (before.document != UploadFile.document))
    )  # fmt: skip
    columns = ["task_id", "annotator", "version", "document", "source", "created_at", "upload_id"]
    return _run(insert(Opinion).from_select(columns, rows, include_defaults=False))


def _newest(model: type[Gold]) -> Any:
    return (
        select(func.max(model.version)).where(model.task_id == UploadFile.task_id).correlate(UploadFile)
        .scalar_subquery()
    )  # fmt: skip


def _settle(upload: Upload, now: datetime) -> None:
    """What was sent is not needed any more, nor what the check kept and nothing shows."""
    mine = kept_keys(upload.id)
    taken = _shown_keys(upload)
    left_over = [key for key in mine if key not in taken] + sent_keys(upload)
    upload.sources, upload.state, upload.settled_at = [], UploadState.ADDED, now
    db.session.flush()
    after_commit(lambda: forget(left_over))


def _shown_keys(upload: Upload) -> set[str]:
    """Keys of the media that the lines of an upload show, whoever brought them first."""
    shown = UploadFile.content_hash == Media.content_hash
    media = select(Media.storage_key, Media.derived).join(UploadFile, shown).where(UploadFile.upload_id == upload.id)
    frames = (
        select(MediaFrame.storage_key)
        .join(Media, Media.id == MediaFrame.media_id).join(UploadFile, shown).where(UploadFile.upload_id == upload.id)
    )  # fmt: skip
    stored = {key for kept, derived in db.session.execute(media) for key in (kept, *keys_of(derived))}
    return stored | set(db.session.scalars(frames))


def _run(statement: Any) -> int:
    found: int = db.session.execute(statement).rowcount  # type: ignore[attr-defined]
    return found


# Going out again ---------------------------------------------------------------------------------------------------


def undo_now(upload_id: int, by_id: int | None, now: datetime) -> dict[str, int]:
    """Take back what an upload brought; inside the caller's transaction. What somebody changed since stays. Raises
    Locked."""
    upload = db.session.scalars(for_change(select(Upload).where(Upload.id == upload_id))).one()
    if upload.state is not UploadState.UNDOING:
        return {}
    refuse_locked(db.session.scalars(for_change(select(TaskSet).where(TaskSet.id == upload.task_set_id))).one())
    gold = _restore_gold(upload, by_id, now)
    opinions = _restore_opinions(upload, now)
    gone = update(Task).where(Task.upload_id == upload.id, Task.withdrawn_at.is_(None)).values(withdrawn_at=now)
    tasks = _run(gone.execution_options(synchronize_session=False))
    upload.state = UploadState.UNDONE
    db.session.flush()
    return {"tasks": tasks, "gold": gold, "opinions": opinions}


def _restore_gold(upload: Upload, by_id: int | None, now: datetime) -> int:
    """A version that equals the one before the upload's first, where the newest is the upload's; an empty one where
    there was none.

    It counts as brought by whoever brought the one it equals: undone one after the other, imports go back all the way.
    """
    latest, earlier = aliased(Gold), aliased(Gold)
    mine = select(Gold.version).where(Gold.task_id == latest.task_id).correlate(latest)
    newest = mine.with_only_columns(func.max(Gold.version)).scalar_subquery()
    first = mine.with_only_columns(func.min(Gold.version)).where(Gold.upload_id == upload.id).scalar_subquery()
    rows = (
        select(
            latest.task_id, latest.version + 1, func.coalesce(earlier.document, literal({}, Gold.document.type)),
            literal("undo"), literal(now, Gold.created_at.type), literal(by_id, Gold.by_id.type), literal(""),
            earlier.upload_id,
        )
        .join(Task, Task.id == latest.task_id)
        .outerjoin(earlier, and_(earlier.task_id == latest.task_id, earlier.version == first - 1))
        .where(latest.upload_id == upload.id, latest.version == newest, Task.upload_id.is_distinct_from(upload.id))
    )  # fmt: skip
    columns = ["task_id", "version", "document", "source", "created_at", "by_id", "note", "upload_id"]
    return _run(insert(Gold).from_select(columns, rows, include_defaults=False))


def _restore_opinions(upload: Upload, now: datetime) -> int:
    """As with gold, for each annotator."""
    latest, earlier = aliased(Opinion), aliased(Opinion)
    mine = (
        select(Opinion.version)
        .where(Opinion.task_id == latest.task_id, Opinion.annotator == latest.annotator)
        .correlate(latest)
    )
    newest = mine.with_only_columns(func.max(Opinion.version)).scalar_subquery()
    first = mine.with_only_columns(func.min(Opinion.version)).where(Opinion.upload_id == upload.id).scalar_subquery()
    before = and_(earlier.task_id == latest.task_id, earlier.annotator == latest.annotator,
                  earlier.version == first - 1)  # fmt: skip
    rows = (
        select(
            latest.task_id, latest.annotator, latest.version + 1,
            func.coalesce(earlier.document, literal({}, Opinion.document.type)), literal("undo"),
            literal(now, Opinion.created_at.type), earlier.upload_id,
        )
        .join(Task, Task.id == latest.task_id)
        .outerjoin(earlier, before)
        .where(latest.upload_id == upload.id, latest.version == newest, Task.upload_id.is_distinct_from(upload.id))
    )  # fmt: skip
    columns = ["task_id", "annotator", "version", "document", "source", "created_at", "upload_id"]
    return _run(insert(Opinion).from_select(columns, rows, include_defaults=False))


def failed(upload_id: int, state: UploadState, sentence: Mapping[str, Any]) -> None:
    """The set forbade it: the upload is as it was before, and its page says why."""
    upload = db.session.scalars(for_change(select(Upload).where(Upload.id == upload_id))).one()
    upload.state, upload.problem = state, dict(sentence)
    db.session.flush()
